package dev.postern.deploy.peers;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Python's imaplib, poplib and smtplib; what they raise is what a person gets to see. */
record PythonMail() implements MailClient {

  @Override
  public String name() {
    return "python";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.allOf(Door.class);
  }

  @Override
  public Shown run(Errand errand) {
    Program.Result result =
        errand.run(
            errand.password() + "\n",
            List.of(
                "python3",
                Path.of("src/test/resources/peers/errand.py").toString(),
                errand.door().scheme(),
                String.valueOf(errand.port()),
                errand.ca().toString(),
                errand.user(),
                errand.letterFile().toString(),
                errand.inbox().resolve("new").toString()));
    return Shown.of(result, result.out(), result.err());
  }
}
