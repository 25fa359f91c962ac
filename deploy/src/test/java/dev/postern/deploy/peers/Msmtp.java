package dev.postern.deploy.peers;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** msmtp. */
record Msmtp() implements MailClient {

  @Override
  public String name() {
    return "msmtp";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.of(Door.SMTP, Door.SMTPS);
  }

  @Override
  public Shown run(Errand errand) {
    errand.write(
        "msmtprc",
        """
        account house
        host localhost
        port %d
        tls on
        tls_starttls %s
        tls_trust_file %s
        auth on
        user %s
        password %s
        from %s
        account default : house
        """
            .formatted(
                errand.port(),
                errand.door().isImplicit() ? "off" : "on",
                errand.ca(),
                errand.user(),
                errand.password(),
                Letter.USER));
    Program.Result result =
        errand.run(
            errand.letter().text(),
            List.of(
                "msmtp",
                "--debug",
                "--file",
                errand.home().resolve("msmtprc").toString(),
                Letter.USER));
    return Shown.of(result, result.err(), result.out());
  }
}
