package dev.postern.gateway.net;

import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A mail server of any protocol that takes any login, or takes none and repeats in its refusal all
 * that it has heard, as some do.
 */
public final class EchoingServer implements ScriptedUpstream.Script {
  private final Scope protocol;
  private final String mechanism;
  private final boolean isTaking;
  private final AtomicInteger logins = new AtomicInteger();

  /**
   * @param mechanism {@code PLAIN} or {@code LOGIN}, with {@code SASL-IR} behind it for IMAP that
   *     takes initial responses; empty for the protocol's own command
   */
  public EchoingServer(Scope protocol, String mechanism, boolean isTaking) {
    this.protocol = protocol;
    this.mechanism = mechanism;
    this.isTaking = isTaking;
  }

  /** Logins that were whole, taken or not. */
  public int logins() {
    return logins.get();
  }

  @Override
  public void run(Wire wire) throws IOException {
    switch (protocol) {
      case IMAP -> imap(wire);
      case POP3 -> pop3(wire);
      case SUBMISSION -> smtp(wire);
    }
    wire.rest();
  }

  private void imap(Wire wire) throws IOException {
    String auth = mechanism.isEmpty() ? "" : " AUTH=" + mechanism;
    wire.send("* OK [CAPABILITY IMAP4rev1" + auth + "] upstream.test\r\n");
    List<String> heard = new ArrayList<>(List.of(wire.line()));
    String tag = heard.getFirst().split(" ", -1)[0];
    if (heard.getFirst().contains(" AUTHENTICATE ")) {
      responses(wire, heard, "+ ", mechanism.endsWith("SASL-IR"));
    } else {
      while (heard.getLast().endsWith("}")) {
        wire.send("+ go\r\n");
        heard.add(wire.line());
      }
    }
    end(wire, tag + " OK [CAPABILITY IMAP4rev1] in", tag + " NO ", heard);
  }

  private void pop3(Wire wire) throws IOException {
    wire.send("+OK upstream.test\r\n");
    List<String> heard = new ArrayList<>();
    while (true) {
      String line = wire.line();
      heard.add(line);
      if (line.equals("CAPA")) {
        wire.send("+OK\r\n" + (mechanism.isEmpty() ? "USER" : "SASL " + mechanism) + "\r\n.\r\n");
      } else if (line.startsWith("USER ")) {
        wire.send("+OK\r\n");
      } else if (line.startsWith("AUTH ")) {
        responses(wire, heard, "+ ", line.split(" ", -1).length > 2);
        break;
      } else if (line.startsWith("PASS ")) {
        break;
      } else {
        throw new IOException("not expected: " + line);
      }
    }
    end(wire, "+OK in", "-ERR ", heard);
  }

  private void smtp(Wire wire) throws IOException {
    wire.send("220 upstream.test\r\n");
    List<String> heard = new ArrayList<>(List.of(wire.line()));
    wire.send("250-upstream.test\r\n250 AUTH " + mechanism + "\r\n");
    heard.add(wire.line());
    responses(wire, heard, "334 ", heard.getLast().split(" ", -1).length > 2);
    end(wire, "235 2.7.0 in", "535 5.7.8 ", heard);
  }

  private void responses(Wire wire, List<String> heard, String challenge, boolean isFirstHere)
      throws IOException {
    int due = (mechanism.startsWith("LOGIN") ? 2 : 1) - (isFirstHere ? 1 : 0);
    for (int i = 0; i < due; i++) {
      wire.send(challenge + "\r\n");
      heard.add(wire.line());
    }
  }

  private void end(Wire wire, String welcome, String refusal, List<String> heard)
      throws IOException {
    logins.incrementAndGet();
    wire.send(isTaking ? welcome + "\r\n" : refusal + String.join(" ", heard) + "\r\n");
  }
}
