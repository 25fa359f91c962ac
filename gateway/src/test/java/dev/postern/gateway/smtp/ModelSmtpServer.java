package dev.postern.gateway.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As little of a submission server as decides which bytes are commands, with habits to choose. */
final class ModelSmtpServer {
  private static final Pattern CHUNK = Pattern.compile("(?i)BDAT ([0-9]+)( LAST)?");

  private final boolean isTakingEveryLineEnd;
  private final boolean isChunkingOffered;
  private final Random random;
  private final StringBuilder text = new StringBuilder();
  private final List<String> verbs = new ArrayList<>();
  private boolean isChunkingOn;
  private boolean isInData;
  private int chunkLeft;
  private boolean isBehindCarriageReturn;
  private String replies = "";

  /**
   * @param isTakingEveryLineEnd in commands and around the dot; else CRLF alone
   * @param isChunkingOffered whether it offers CHUNKING; without it the octets behind BDAT are
   *     commands
   */
  ModelSmtpServer(boolean isTakingEveryLineEnd, boolean isChunkingOffered, Random random) {
    this.isTakingEveryLineEnd = isTakingEveryLineEnd;
    this.isChunkingOffered = isChunkingOffered;
    this.isChunkingOn = isChunkingOffered;
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
    if (chunkLeft > 0) {
      chunkLeft--;
      return;
    }
    text.append(b);
    if (isInData) {
      if (text.toString()
          .matches(isTakingEveryLineEnd ? "(?s).*[\r\n]\\.[\r\n]" : "(?s).*\r\n\\.\r\n")) {
        isInData = false;
        isBehindCarriageReturn = isTakingEveryLineEnd && b == '\r';
        text.setLength(0);
        say(250);
      }
      return;
    }
    boolean isLine =
        isTakingEveryLineEnd ? b == '\r' || b == '\n' : text.toString().endsWith("\r\n");
    if (isLine) {
      isBehindCarriageReturn = isTakingEveryLineEnd && b == '\r';
      String line = text.toString().replaceAll("[\r\n]+$", "");
      text.setLength(0);
      line(line);
    }
  }

  private void line(String line) {
    String verb = line.strip().split("[ \t]", 2)[0].toUpperCase(Locale.ROOT);
    verbs.add(verb);
    Matcher chunk = CHUNK.matcher(line);
    if (verb.equals("DATA") && random.nextBoolean()) {
      isInData = true;
      text.append("\r\n");
      say(354);
    } else if (chunk.matches() && isChunkingOn) {
      chunkLeft = Integer.parseInt(chunk.group(1));
      say(random.nextBoolean() ? 250 : 503);
    } else if (verb.equals("HELO") || verb.equals("EHLO")) {
      boolean isWelcome = random.nextBoolean();
      isChunkingOn = isWelcome && verb.equals("EHLO") && isChunkingOffered;
      say(isWelcome ? 250 : 501);
    } else {
      say(random.nextBoolean() ? 250 : 550);
    }
  }

  private void say(int code) {
    if (random.nextInt(3) == 0) {
      replies += code + "-354 more\r\n";
    }
    replies += code + " so\r\n";
  }
}
