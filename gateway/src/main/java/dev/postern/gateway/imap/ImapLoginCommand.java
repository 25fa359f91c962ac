package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.store.auth.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The LOGIN command for an upstream, RFC 9051 §6.2.3: quoted strings where they will do, else
 * synchronising literals, which every server takes.
 */
final class ImapLoginCommand {
  /** What quoting, or announcing a literal, adds to a value at most, its doubled bytes apart. */
  private static final int OVERHEAD = 16;

  private final List<Secret> chunks = new ArrayList<>();
  private final ByteBuffer chunk;

  private ImapLoginCommand(String tag, int longest) {
    chunk = ByteBuffer.allocate(tag.length() + longest);
  }

  /**
   * The pieces to send: each but the first once the server has asked for it. Whoever gets them
   * closes them. None of the values may hold a NUL.
   */
  static Deque<Secret> pieces(String tag, Password credentials) {
    byte[] name = credentials.loginName().getBytes(StandardCharsets.UTF_8);
    int longest = 2 * (name.length + credentials.password().length()) + 4 * OVERHEAD;
    ImapLoginCommand command = new ImapLoginCommand(tag, longest);
    command.text(tag + " LOGIN");
    command.argument(name);
    credentials.password().expose(command::argument);
    command.text(ImapReplies.CRLF);
    command.endChunk();
    return new ArrayDeque<>(command.chunks);
  }

  private ImapLoginCommand argument(byte[] value) {
    text(" ");
    if (isQuotable(value)) {
      quote(value);
    } else {
      text("{" + value.length + "}" + ImapReplies.CRLF);
      endChunk();
      chunk.put(value);
    }
    return this;
  }

  private void quote(byte[] value) {
    text("\"");
    for (byte b : value) {
      if (b == '"' || b == '\\') {
        text("\\");
      }
      chunk.put(b);
    }
    text("\"");
  }

  /** 7-bit and printable: older servers take nothing else in quotes, RFC 3501 §4.3. */
  private static boolean isQuotable(byte[] value) {
    for (byte b : value) {
      if (b < ' ' || b == 0x7f) {
        return false;
      }
    }
    return true;
  }

  private void text(String text) {
    chunk.put(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void endChunk() {
    chunks.add(Secret.owning(Arrays.copyOf(chunk.array(), chunk.position())));
    Arrays.fill(chunk.array(), (byte) 0);
    chunk.clear();
  }
}
