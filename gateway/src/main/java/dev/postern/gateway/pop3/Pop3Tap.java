package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.Stretch;
import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.WatchedWord;
import java.util.Set;

/**
 * Watches a POP3 session, RFC 1939 §5. A client sends nothing but command lines, so the server's
 * answers do not matter here. Each CR and each LF is taken for a line end, as some server may do.
 */
public final class Pop3Tap implements Tap {

  /** RFC 2449 §4: octets of a command, line end included. Some servers cut a longer one in two. */
  static final int LINE_LIMIT = 255;

  private static final Set<Forbidden> COMMANDS =
      Set.of(
          Forbidden.USER,
          Forbidden.PASS,
          Forbidden.APOP,
          Forbidden.AUTH,
          Forbidden.STLS,
          Forbidden.XCLIENT);

  private static final Stretch ALL = Stretch.of(Integer.MAX_VALUE);

  private final WatchedWord verb = new WatchedWord(COMMANDS);
  private Place place = Place.BEFORE_VERB;
  private int length;

  private enum Place {
    BEFORE_VERB,
    VERB,
    BEHIND_VERB
  }

  @Override
  public Verdict fromClient(byte b) {
    length++;
    if (b == '\r' || b == '\n') {
      if (b == '\n') {
        length = 0;
      }
      place = Place.BEFORE_VERB;
      verb.clear();
      return PASS;
    }
    if (length >= LINE_LIMIT || WatchedWord.isControl(b)) {
      return new Verdict.End(Forbidden.COMMAND_LINE);
    }
    boolean isLetter = WatchedWord.isLetter(b);
    place =
        switch (place) {
          case BEFORE_VERB, VERB ->
              isLetter ? Place.VERB : place == Place.VERB ? Place.BEHIND_VERB : Place.BEFORE_VERB;
          case BEHIND_VERB -> Place.BEHIND_VERB;
        };
    Forbidden command = place == Place.VERB ? verb.add(b) : null;
    return command == null ? PASS : new Verdict.End(command);
  }

  @Override
  public Verdict fromUpstream(byte b) {
    return PASS;
  }

  @Override
  public Stretch clientStretch() {
    return Stretch.NONE;
  }

  @Override
  public void skipClient(int bytes) {}

  @Override
  public Stretch upstreamStretch() {
    return ALL;
  }

  @Override
  public void skipUpstream(int bytes) {}
}
