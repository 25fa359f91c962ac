package dev.postern.deploy.peers;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** fetchmail, which hands every mail to a program. */
record Fetchmail() implements MailClient {

  @Override
  public String name() {
    return "fetchmail";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.of(Door.IMAP, Door.IMAPS, Door.POP3, Door.POP3S);
  }

  @Override
  public Shown run(Errand errand) {
    errand.write(
        "fetchmailrc",
        """
        set no bouncemail
        set invisible
        poll localhost service %d protocol %s
          username "%s" password "%s"
          %s sslcertck sslcertfile "%s"
          keep fetchall no rewrite
          mda "cat > %s/new/$$"
        """
            .formatted(
                errand.port(),
                errand.door().protocol(),
                errand.user(),
                errand.password(),
                errand.door().isImplicit() ? "ssl" : "sslproto \"TLS1.2+\"",
                errand.ca(),
                errand.inbox()));
    Program.Result result =
        errand.run(
            "",
            List.of(
                "fetchmail",
                "--verbose",
                "--nosyslog",
                "--pidfile",
                errand.home().resolve("pid").toString(),
                "--idfile",
                errand.home().resolve("ids").toString(),
                "--fetchmailrc",
                errand.home().resolve("fetchmailrc").toString()));
    return Shown.of(result, result.err(), result.out());
  }
}
