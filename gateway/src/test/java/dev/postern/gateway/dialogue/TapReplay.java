package dev.postern.gateway.dialogue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

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
