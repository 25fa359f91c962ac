package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.demo.DemoPorts;
import dev.postern.deploy.demo.DemoSite;
import dev.postern.deploy.node.StopSignals;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern demo}: a whole site on loopback, to try. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Run everything on loopback with an embedded mail server, until Ctrl-C.",
      "Nothing needs to be installed or configured, and nothing is left behind."
    },
    footer = {"", "Example:", "  postern demo --imaps-port 9993 --submissions-port 9465"})
final class DemoCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Option(
      names = "--imap-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "IMAP with STARTTLS; this and the others: a free port if not given.")
  private int imapPort;

  @Option(
      names = "--imaps-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "IMAP with TLS at once.")
  private int imapsPort;

  @Option(
      names = "--submission-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Submission with STARTTLS.")
  private int submissionPort;

  @Option(
      names = "--submissions-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Submission with TLS at once.")
  private int submissionsPort;

  @Option(
      names = "--pop3-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "POP3 with STARTTLS.")
  private int pop3Port;

  @Option(
      names = "--pop3s-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "POP3 with TLS at once.")
  private int pop3sPort;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Metrics and health.")
  private int adminPort;

  DemoCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    DemoPorts wanted =
        new DemoPorts(
            imapPort, imapsPort, submissionPort, submissionsPort, pop3Port, pop3sPort, adminPort);
    StopSignals stop = invocation.surroundings().requests().stop();
    try (DemoSite site = start(wanted)) {
      // For the ways to end that raise no signal we wait for, such as a closed terminal.
      Thread hook = new Thread(site::close, "close-at-exit");
      Runtime.getRuntime().addShutdownHook(hook);
      show(site);
      stop.asked().join();
      Hooks.remove(hook);
    }
    invocation.output().text("\nStopped, and removed what was made.");
    return 0;
  }

  private DemoSite start(DemoPorts ports) throws ConfigException {
    try {
      return DemoSite.start(ports, invocation.surroundings().clock(), new SecureRandom());
    } catch (IOException trouble) {
      throw new CommandFailure(
          "io",
          "the demonstration's folder cannot be written: " + trouble.getMessage(),
          "make room in " + System.getProperty("java.io.tmpdir"));
    }
  }

  private void show(DemoSite site) {
    DemoPorts ports = site.ports();
    String password = Views.plain(site.appPassword());
    ObjectNode json = Output.object().put("user", DemoSite.USER).put("password", password);
    json.putObject("ports")
        .put("imap", ports.imap())
        .put("imaps", ports.imaps())
        .put("submission", ports.submission())
        .put("submissions", ports.submissions())
        .put("pop3", ports.pop3())
        .put("pop3s", ports.pop3s())
        .put("admin", ports.admin());
    json.put("ca", site.authority().toString());
    json.put("configuration", site.configuration().toString());
    json.put("pid", ProcessHandle.current().pid());
    invocation.output().result(json, text(site, ports, password));
  }

  private static String text(DemoSite site, DemoPorts ports, String password) {
    String curl =
        "curl --cacert " + site.authority() + " --user '" + DemoSite.USER + ":" + password + "'";
    return """
    Postern runs on loopback, with a mail server behind it, in %1$s

      user        %2$s
      password    %3$s      (an app password, shown only here)
      IMAP        %4$d (TLS), %5$d (STARTTLS)
      submission  %6$d (TLS), %7$d (STARTTLS)
      POP3        %13$d (TLS), %14$d (STARTTLS)
      metrics     http://127.0.0.1:%8$d/metrics
      CA to trust %9$s

    List the mailbox:
      %10$s 'imaps://127.0.0.1:%4$d/INBOX' --request 'FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])' --verbose 2>&1 | grep -E '(From|Subject):'

    Read a message:
      %10$s 'imaps://127.0.0.1:%4$d/INBOX;MAILINDEX=1'

    Send one, then read it as the fourth:
      %10$s smtps://127.0.0.1:%6$d --mail-from %2$s --mail-rcpt %2$s --upload-file %11$s
      %10$s 'imaps://127.0.0.1:%4$d/INBOX;MAILINDEX=4'

    Read the first by POP3:
      %10$s pop3s://127.0.0.1:%13$d/1

    See, or end, the app password while this runs (in another terminal):
      postern app-password list %2$s --config %12$s

    Ctrl-C ends it and removes what it made.\
    """
        .formatted(
            site.folder(),
            DemoSite.USER,
            Views.grouped(site.appPassword()),
            ports.imaps(),
            ports.imap(),
            ports.submissions(),
            ports.submission(),
            ports.admin(),
            site.authority(),
            curl,
            site.message(),
            site.configuration(),
            ports.pop3s(),
            ports.pop3());
  }
}
