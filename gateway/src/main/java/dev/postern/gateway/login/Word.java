package dev.postern.gateway.login;

/** What every protocol has to say before the login, each in its own words. */
public enum Word {
  /** TLS starts behind this. */
  START_TLS,
  TLS_ALREADY,
  /** STARTTLS is not offered here. */
  TLS_NOT_HERE,
  /** No secret is taken in clear. */
  TLS_FIRST,
  UNKNOWN_MECHANISM,
  /** A SASL response that cannot be read. */
  BAD_RESPONSE,
  /** The client broke the exchange off, RFC 4422 §3.5. */
  CANCELLED,
  /** A trusted client has said before whom it speaks for. */
  ADDRESS_ALREADY,
  /** A last word behind the reply to a command that was not good. */
  TOO_MANY_ERRORS,
  /** A last word behind a refusal. */
  TOO_MANY_REFUSALS,
  /** A last word behind trouble, where no login was refused: no client may ask for a password. */
  TOO_MANY_TROUBLES,
  /** A last word behind being told to come back later: no client may ask for a password over it. */
  TOO_MANY_GUESSES,
  /** A last word instead of a reply. */
  TOO_MANY_COMMANDS,
  /** A last word after a fault of ours. */
  OUT_OF_STEP
}
