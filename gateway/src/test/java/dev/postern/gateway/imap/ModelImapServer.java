package dev.postern.gateway.imap;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As little of an IMAP server as decides which bytes are commands, with habits to choose. */
final class ModelImapServer {
  private static final Pattern LITERAL = Pattern.compile("(?s).*\\{([0-9]+)(\\+?)\\}");
  private static final Pattern RIGHT =
      Pattern.compile("(?si)[a-z]+ (APPEND x |SEARCH TEXT )(\\(\\) )?\\{[0-9]+\\+?\\}");

  /** What ends a line. */
  enum LineEnds {
    CRLF,
    LF,
    CR_OR_LF
  }

  /** What becomes of a literal that does not wait, in a command that is refused. */
  enum Uninvited {
    SKIPPING,
    READING_ON,
    /** Such literals mean nothing to it: it reads on, whatever the command. */
    UNKNOWN
  }

  private final LineEnds lineEnds;
  private final Uninvited uninvited;
  private final Random random;
  private final StringBuilder line = new StringBuilder();
  private final List<String> verbs = new ArrayList<>();
  private String tag = "";
  private String idleTag = "";
  private String verb = "";
  private boolean isGoingOn;
  private int literalLeft;
  private boolean isBehindCarriageReturn;
  private String replies = "";

  ModelImapServer(LineEnds lineEnds, Uninvited uninvited, Random random) {
    this.lineEnds = lineEnds;
    this.uninvited = uninvited;
    this.random = random;
  }

  /** The verbs of all commands that it took for such, in upper case. */
  List<String> verbs() {
    return verbs;
  }

  /** What it says to these bytes. */
  String read(String bytes) {
    replies = "";
    bytes.chars().forEach(b -> read((char) b));
    return replies;
  }

  private void read(char b) {
    boolean isSecondHalf = isBehindCarriageReturn && b == '\n';
    isBehindCarriageReturn = false;
    if (isSecondHalf) {
      return;
    }
    if (literalLeft > 0) {
      literalLeft--;
      return;
    }
    line.append(b);
    int end =
        switch (lineEnds) {
          case CRLF -> line.indexOf("\r\n");
          case LF -> line.indexOf("\n");
          case CR_OR_LF -> Math.max(line.indexOf("\r"), line.indexOf("\n"));
        };
    if (end >= 0) {
      isBehindCarriageReturn = lineEnds == LineEnds.CR_OR_LF && b == '\r';
      String text = line.substring(0, end).replaceAll("\r$", "");
      line.setLength(0);
      line(text);
    }
  }

  private void line(String text) {
    if (!idleTag.isEmpty()) {
      say(idleTag + (text.equalsIgnoreCase("DONE") ? " OK" : " BAD"));
      idleTag = "";
      return;
    }
    if (!isGoingOn) {
      String[] words = text.strip().split("[ \t]+", 3);
      tag = words[0];
      verb = words.length > 1 ? words[1].toUpperCase(Locale.ROOT) : "";
      verbs.add(verb);
      if (tag.isEmpty()) {
        return; // an empty line, or the rest of one that ended with another line end
      }
    }
    Matcher literal = LITERAL.matcher(text);
    if (!literal.matches()) {
      answer();
      return;
    }
    boolean isWaiting = literal.group(2).isEmpty();
    if (!isWaiting && uninvited == Uninvited.UNKNOWN) {
      isGoingOn = false;
      say(tag + " BAD what?");
      return;
    }
    int size = Integer.parseInt(literal.group(1));
    boolean isTaken = isGoingOn || (RIGHT.matcher(text).matches() && random.nextInt(4) > 0);
    if (isWaiting && !isTaken) {
      isGoingOn = false;
      say(tag + " NO no {9}");
    } else if (isWaiting
        || uninvited == Uninvited.SKIPPING
        || isGoingOn
        || RIGHT.matcher(text).matches()) {
      say(isWaiting ? "+ go" : "* 1 FETCH (BODY[] {6}\r\n+ go\r\n)");
      isGoingOn = true;
      literalLeft = size;
    } else {
      say(tag + " BAD what?");
    }
  }

  private void answer() {
    isGoingOn = false;
    if (verb.equals("IDLE")) {
      idleTag = tag;
      say("+ idling");
    } else {
      say(tag + " OK done {9}");
    }
  }

  private void say(String reply) {
    replies += reply + "\r\n";
  }
}
