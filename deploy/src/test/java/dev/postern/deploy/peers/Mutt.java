package dev.postern.deploy.peers;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** mutt: a person at a terminal who copies all mails to a Maildir, or a script that sends. */
record Mutt() implements MailClient {
  /** What moves the cursor. */
  private static final Pattern ESCAPE =
      Pattern.compile("\u001b(?:\\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78M])");

  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0e-\\x1f\r]");

  @Override
  public String name() {
    return "mutt";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.allOf(Door.class);
  }

  @Override
  public Shown run(Errand errand) {
    return errand.door().isForSending() ? send(errand) : read(errand);
  }

  private static Shown send(Errand errand) {
    errand.write(
        "muttrc",
        common(errand)
            + """
            set smtp_url="%s://%s@localhost:%d/"
            set smtp_pass="%s"
            set from="%s"
            set realname="" use_from=yes copy=no
            """
                .formatted(
                    errand.door().scheme(),
                    errand.user().replace("@", "%40"),
                    errand.port(),
                    errand.password(),
                    Letter.USER));
    Program.Result result =
        errand.run(
            errand.letter().body(),
            List.of(
                "mutt",
                "-d",
                "2",
                "-n",
                "-F",
                errand.home().resolve("muttrc").toString(),
                "-s",
                errand.letter().subject(),
                Letter.USER));
    return Shown.of(result, result.out() + result.err(), log(errand));
  }

  private static Shown read(Errand errand) {
    String box = errand.door().protocol().equals("imap") ? "imap" : "pop";
    Path inbox = errand.inbox();
    errand.write(
        "muttrc",
        common(errand)
            + """
            set folder="%1$s" confirmappend=no confirmcreate=no wait_key=no
            set %2$s_user="%3$s"
            set %2$s_pass="%4$s"
            push "<tag-pattern>~A<enter><tag-prefix><copy-message>%5$s<enter><quit>"
            """
                .formatted(errand.home(), box, errand.user(), errand.password(), inbox));
    String mutt =
        "mutt -d 2 -n -F %s -f %s%s://localhost:%d/"
            .formatted(
                errand.home().resolve("muttrc"),
                box,
                errand.door().isImplicit() ? "s" : "",
                errand.port());
    Program.Result result =
        errand.run(
            "",
            List.of(
                "script",
                "--quiet",
                "--return",
                "--command",
                "stty cols 250 rows 40; TERM=vt100 exec " + mutt,
                "/dev/null"));
    String screen = ESCAPE.matcher(result.out()).replaceAll("\n");
    String shown =
        CONTROL
            .matcher(screen)
            .replaceAll("")
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .reduce("", (all, line) -> all + line + "\n");
    return Shown.of(result, shown, log(errand));
  }

  private static String common(Errand errand) {
    return """
    set ssl_force_tls=yes ssl_starttls=yes certificate_file="%s" mbox_type=Maildir
    set sleep_time=0 charset=utf-8 send_charset=utf-8 allow_8bit=yes
    """
        .formatted(errand.ca());
  }

  private static String log(Errand errand) {
    return Errand.text(errand.home().resolve(".muttdebug0"));
  }
}
