package dev.postern.deploy.peers;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** curl, which fetches the mails by their numbers. */
record Curl() implements MailClient {
  private static final Pattern RECORDS =
      Pattern.compile("(?m)^[<=>]{2} (Send|Recv) SSL data.*\n(?:[0-9a-f]{4}: .*\n)*");

  /** Its trace breaks lines there. */
  private static final Pattern LINE_BREAK = Pattern.compile("(?m)(?<=^.{70})\n[0-9a-f]{4}: ");

  @Override
  public String name() {
    return "curl";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.allOf(Door.class);
  }

  @Override
  public Shown run(Errand errand) {
    errand.write("curlrc", "user = \"%s:%s\"\n".formatted(errand.user(), errand.password()));
    String server = errand.door().scheme() + "://localhost:" + errand.port() + "/";
    String numbers = "[1-" + ClientsThroughPosternTest.LETTERS + "]";
    List<String> what =
        errand.door().isForSending()
            ? List.of(
                "--mail-from",
                Letter.USER,
                "--mail-rcpt",
                Letter.USER,
                "--upload-file",
                errand.letterFile().toString(),
                server)
            : List.of(
                "--fail-early",
                "--output",
                errand.inbox().resolve("new/#1").toString(),
                server
                    + (errand.door().protocol().equals("imap") ? "INBOX;MAILINDEX=" : "")
                    + numbers);
    List<String> command =
        Stream.concat(
                Stream.of(
                    "curl",
                    "--config",
                    errand.home().resolve("curlrc").toString(),
                    "--no-progress-meter",
                    "--ssl-reqd",
                    "--cacert",
                    errand.ca().toString(),
                    "--trace-ascii",
                    errand.home().resolve("trace").toString()),
                what.stream())
            .toList();
    Program.Result result = errand.run("", command);
    String trace = RECORDS.matcher(Errand.text(errand.home().resolve("trace"))).replaceAll("");
    return Shown.of(result, result.err(), LINE_BREAK.matcher(trace).replaceAll(""));
  }
}
