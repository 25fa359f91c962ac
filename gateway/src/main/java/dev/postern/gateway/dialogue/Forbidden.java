package dev.postern.gateway.dialogue;

import java.util.Locale;

/** Why a {@link Tap} ends a session: one of a fixed set of words, never what the client wrote. */
public enum Forbidden {
  LOGIN(Kind.COMMAND),
  AUTHENTICATE(Kind.COMMAND),
  UNAUTHENTICATE(Kind.COMMAND),
  X_UNAUTHENTICATE(Kind.COMMAND),
  PROXYAUTH(Kind.COMMAND),
  COMPRESS(Kind.COMMAND),
  STARTTLS(Kind.COMMAND),
  STLS(Kind.COMMAND),
  AUTH(Kind.COMMAND),
  USER(Kind.COMMAND),
  PASS(Kind.COMMAND),
  APOP(Kind.COMMAND),
  XCLIENT(Kind.COMMAND),
  XFORWARD(Kind.COMMAND),
  /** Exchange's own AUTH. */
  X_EXPS(Kind.COMMAND),
  /** Exchange's own STARTTLS. */
  X_ANONYMOUSTLS(Kind.COMMAND),
  /** Exchange's own XCLIENT: XPROXY, XPROXYFROM and XPROXYTO. */
  XPROXY(Kind.COMMAND),

  /**
   * A command line that servers cut differently: a bare CR or LF, a control character, too long.
   */
  COMMAND_LINE(Kind.AMBIGUITY),
  /** A literal that not every server takes for one. */
  LITERAL(Kind.AMBIGUITY),
  /** Something other than DONE while the server waits for that. */
  IDLE(Kind.AMBIGUITY),
  /** A BDAT that the server may refuse without taking its octets. */
  CHUNK(Kind.AMBIGUITY),
  /** What some servers take for the end of a message, and others for a part of it. */
  END_OF_DATA(Kind.AMBIGUITY),
  /** The server has answered what it was not asked: what it reads is not what we read. */
  OUT_OF_STEP(Kind.AMBIGUITY);

  private enum Kind {
    COMMAND,
    AMBIGUITY
  }

  private final Kind kind;

  Forbidden(Kind kind) {
    this.kind = kind;
  }

  /** Whether it is a command; else something in which one could hide. */
  public boolean isCommand() {
    return kind == Kind.COMMAND;
  }

  /** The command as the client writes it, in upper case. */
  String verb() {
    return name().replace('_', '-');
  }

  /** Lower case with hyphens, as in logs and metrics. */
  public String word() {
    return verb().toLowerCase(Locale.ROOT);
  }
}
