package dev.postern.deploy.peers;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** swaks, which shows the whole talk to its user; with one of the mechanisms. */
record Swaks(String mechanism) implements MailClient {

  @Override
  public String name() {
    return "swaks " + mechanism.toLowerCase(Locale.ROOT);
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.of(Door.SMTP, Door.SMTPS);
  }

  @Override
  public Shown run(Errand errand) {
    // The data ends with a line end of swaks' own.
    String letter = errand.letter().textForTheWire();
    errand.write("letter.eml", letter.substring(0, letter.length() - 2));
    errand.write(
        "swaksrc", "auth-user %s\nauth-password %s\n".formatted(errand.user(), errand.password()));
    Program.Result result =
        errand.run(
            "",
            List.of(
                "swaks",
                "--config",
                errand.home().resolve("swaksrc").toString(),
                "--server",
                "localhost:" + errand.port(),
                errand.door().isImplicit() ? "--tlsc" : "--tls",
                "--tls-verify",
                "--tls-ca-path",
                errand.ca().toString(),
                "--auth",
                mechanism,
                "--from",
                Letter.USER,
                "--to",
                Letter.USER,
                "--data",
                "@" + errand.home().resolve("letter.eml"),
                "--suppress-data"));
    return Shown.of(result, result.out() + result.err(), "");
  }
}
