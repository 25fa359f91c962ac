package dev.postern.gateway.dialogue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;

/** A tap between a client and an upstream whose bytes a test writes down. */
public final class TapReplay {
  private final Tap tap;
  private final StringBuilder passed = new StringBuilder();
  private final StringBuilder held = new StringBuilder();
  private Optional<Forbidden> end = Optional.empty();

  public TapReplay(Tap tap) {
    this.tap = tap;
  }

  /**
   * Plays a script: one step a line, {@code C: } or {@code S: } and bytes, with the escapes of
   * Java; a step has no line end of its own.
   */
  public static TapReplay of(Tap tap, String script) {
    TapReplay replay = new TapReplay(tap);
    script
        .lines()
        .filter(step -> !step.isBlank())
        .forEach(step -> {
          String bytes = step.strip().substring(2).strip().translateEscapes();
          if (step.strip().startsWith("C:")) {
            replay.client(bytes);
          } else {
            replay.upstream(bytes);
          }
        });
    return replay;
  }

  /** The client sends; what passes, passes. */
  public TapReplay client(String bytes) {
    held.append(bytes);
    pump();
    return this;
  }

  /** The upstream sends; what was held may pass then. */
  public TapReplay upstream(String bytes) {
    for (byte b : bytes.getBytes(StandardCharsets.ISO_8859_1)) {
      if (end.isEmpty() && tap.fromUpstream(b) instanceof Tap.Verdict.End(Forbidden why)) {
        end = Optional.of(why);
      }
    }
    pump();
    return this;
  }

  private void pump() {
    int shown = 0;
    boolean mayGoOn = end.isEmpty();
    while (mayGoOn && shown < held.length()) {
      switch (tap.fromClient((byte) held.charAt(shown))) {
        case Tap.Verdict.Pass _ -> {
          passed.append(held.charAt(shown));
          shown++;
        }
        case Tap.Verdict.Hold _ -> mayGoOn = false;
        case Tap.Verdict.End(Forbidden why) -> {
          end = Optional.of(why);
          mayGoOn = false;
        }
      }
    }
    held.delete(0, shown);
  }

  /**
   * A client sends some of these pieces, in any order, while what the upstream says to what passes
   * comes back in pieces too.
   *
   * @param upstream what it says to bytes
   * @return what the client sent
   */
  public String converse(UnaryOperator<String> upstream, List<String> pieces, Random random) {
    StringBuilder sent = new StringBuilder();
    StringBuilder answers = new StringBuilder();
    int read = 0;
    for (int step = 0; step < 60 && end.isEmpty(); step++) {
      if (random.nextInt(5) > 1) {
        String piece = pieces.get(random.nextInt(pieces.size()));
        sent.append(piece);
        client(piece);
      } else {
        int now = random.nextInt(answers.length() + 1);
        upstream(answers.substring(0, now));
        answers.delete(0, now);
      }
      answers.append(upstream.apply(passed.substring(read)));
      read = passed.length();
    }
    return sent.toString();
  }

  /** All that the upstream got. */
  public String passed() {
    return passed.toString();
  }

  /** What waits, or was never passed on. */
  public String held() {
    return held.toString();
  }

  /** Why the session has ended, if it has. */
  public Optional<Forbidden> end() {
    return end;
  }
}
