package dev.postern.deploy.peers;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** mbsync of isync: copies a mailbox into a Maildir. */
record Mbsync() implements MailClient {

  @Override
  public String name() {
    return "mbsync";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.of(Door.IMAP, Door.IMAPS);
  }

  @Override
  public Shown run(Errand errand) {
    errand.write(
        "mbsyncrc",
        """
        IMAPAccount house
        Host localhost
        Port %d
        User %s
        Pass %s
        SSLType %s
        CertificateFile %s
        SystemCertificates no

        IMAPStore far
        Account house

        MaildirStore near
        Path %s/
        Inbox %s

        Channel inbox
        Far :far:
        Near :near:
        Sync Pull
        SyncState *
        """
            .formatted(
                errand.port(),
                errand.user(),
                errand.password(),
                errand.door().isImplicit() ? "IMAPS" : "STARTTLS",
                errand.ca(),
                errand.home(),
                errand.inbox()));
    Program.Result result =
        errand.run(
            "",
            List.of("mbsync", "-Dn", "-c", errand.home().resolve("mbsyncrc").toString(), "--all"));
    return Shown.of(result, result.err(), result.out());
  }
}
