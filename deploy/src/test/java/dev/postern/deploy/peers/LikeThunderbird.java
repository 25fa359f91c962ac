package dev.postern.deploy.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A script that logs in as Thunderbird does and says what that shows: which cannot be run without a
 * screen. As a client among others it only logs in.
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
    return run(errand, List.of());
  }

  /**
   * Logs in and goes on as Thunderbird does: sends the letter, saves a copy of it and reads that,
   * or reads the last one, which it is.
   */
  Shown session(Errand errand) {
    return run(errand, List.of(errand.letterFile().toString()));
  }

  private static Shown run(Errand errand, List<String> more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "python3",
                Path.of("src/test/resources/peers/like_thunderbird.py").toString(),
                errand.door().scheme(),
                String.valueOf(errand.port()),
                errand.ca().toString(),
                errand.user()));
    command.addAll(more);
    Program.Result result = errand.run(errand.password() + "\n", command);
    return Shown.of(result, result.out(), result.err());
  }
}
