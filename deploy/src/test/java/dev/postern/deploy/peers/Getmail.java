package dev.postern.deploy.peers;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * getmail 6, which knows no STARTTLS. It hands every mail to a process, and waits for a minute if
 * that ends before it has begun to wait: hence a slow one.
 */
record Getmail() implements MailClient {

  @Override
  public String name() {
    return "getmail";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.of(Door.IMAPS, Door.POP3S);
  }

  @Override
  public Shown run(Errand errand) {
    String protocol = errand.door().protocol();
    errand.write(
        "getmailrc",
        """
        [retriever]
        type = Simple%sSSLRetriever
        server = localhost
        port = %d
        username = %s
        password = %s
        ca_certs = %s
        %s
        [destination]
        type = MDA_external
        path = /bin/sh
        arguments = ("-c", "sleep 0.2; exec cat > %s/new/$$")
        allow_root_commands = true

        [options]
        read_all = true
        delete = false
        delivered_to = false
        received = false
        verbose = 2
        """
            .formatted(
                protocol.toUpperCase(Locale.ROOT),
                errand.port(),
                errand.user(),
                errand.password(),
                errand.ca(),
                protocol.equals("imap") ? "mailboxes = (\"INBOX\",)\n" : "",
                errand.inbox()));
    Program.Result result =
        errand.run("", List.of("getmail", "--getmaildir", errand.home().toString()));
    return Shown.of(result, result.err(), result.out());
  }
}
