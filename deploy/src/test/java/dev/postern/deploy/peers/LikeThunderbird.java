package dev.postern.deploy.peers;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A script that logs in as Thunderbird does and says what that shows: which cannot be run without a
 * screen. It only logs in.
 */
record LikeThunderbird() implements MailClient {

  @Override
  public String name() {
    return "like thunderbird";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.of(Door.IMAPS, Door.POP3S, Door.SMTPS);
  }

  @Override
  public Shown run(Errand errand) {
    Program.Result result =
        errand.run(
            errand.password() + "\n",
            List.of(
                "python3",
                Path.of("src/test/resources/peers/like_thunderbird.py").toString(),
                errand.door().scheme(),
                String.valueOf(errand.port()),
                errand.ca().toString(),
                errand.user()));
    return Shown.of(result, result.out(), result.err());
  }
}
