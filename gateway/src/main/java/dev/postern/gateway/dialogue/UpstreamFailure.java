package dev.postern.gateway.dialogue;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Why we are not logged in at an upstream: whose fault, never what to say to the client.
 *
 * @param detail for our log alone, made fit for a line of it: printable ASCII without double
 *     quotes, at most {@value #LONGEST} characters; may quote the server's reply, never a secret
 * @param offered for a broken promise, or below the floor, what the server offers in place, as in
 *     {@link UpstreamSession#features}; else empty
 * @param backoff for how long the server wants no login of this mailbox, if it said so; at most
 *     {@link Mood#LONGEST}
 */
public record UpstreamFailure(
    Cause cause, String detail, List<String> offered, Optional<Duration> backoff) {
  private static final int LONGEST = 200;

  /** For most causes. */
  public UpstreamFailure(Cause cause, String detail) {
    this(cause, detail, List.of());
  }

  /** For a broken promise. */
  public UpstreamFailure(Cause cause, String detail, List<String> offered) {
    this(cause, detail, offered, Optional.empty());
  }

  public UpstreamFailure {
    offered = List.copyOf(offered);
    String clean = detail.replaceAll("[^ -~]", "?").replace('"', '\'').strip();
    detail = clean.substring(0, Math.min(clean.length(), LONGEST));
  }

  /** The value of the metric label {@code cause} is {@link #word()}. */
  public enum Cause {
    /** Name not found, refused, unreachable. */
    CONNECT,
    /** Took longer than its deadline. */
    TIMEOUT,
    /** Handshake failed: certificate, name, version. */
    TLS,
    /**
     * It does not serve now, whoever logs in: a refusal as its greeting, a temporary one of EHLO,
     * XCLIENT or AUTH, or one of a login in IMAP or POP3 whose code says that the credential is not
     * to blame, and that waiting may help.
     */
    NOT_SERVING,
    /** It broke the protocol, does not understand us, or closed in the middle. */
    PROTOCOL,
    /** It does not offer the TLS we are told to use. */
    NO_TLS,
    /** It offers no way to log in that our method can use. */
    NO_MECHANISM,
    /** It lets nobody else into this mailbox for the moment: locked, or open too often. */
    IN_USE,
    /** It wants fewer requests of this mailbox, and says so. */
    THROTTLED,
    /** It accepted the login, and then did not open the mailbox. */
    NOT_CONNECTED,
    /** It refused our credential. */
    LOGIN_REFUSED,
    /** It lacks an extension that the client was promised. */
    BROKEN_PROMISE,
    /** It offers less than the listener is configured to announce. */
    BELOW_FLOOR,
    /**
     * We have nothing that lets us in: no stored password of the user, or one that does not open; a
     * registration that the provider refuses, or to which it refuses this token; a token that is
     * too long, or of a consent to another registration; a mailbox name that our login cannot carry
     * (a master user's separator in it, or what XCLIENT has no room for); a kind of password that
     * is not for this login method; or a POP3 server that says SYS/PERM: whatever we show it, an
     * administrator must act.
     */
    NO_CREDENTIAL,
    /** There is no access token for it at the moment. */
    NO_TOKEN,
    /** Its provider wants the user, or an operator for him, to allow access, again or at all. */
    NEEDS_CONSENT,
    /** No route leads from this user to an upstream with this protocol. */
    NO_ROUTE,
    /** Too many logins at this upstream are under way. */
    OVERLOADED,
    /** Others did not reach it just now, so this login was not tried. */
    UNREACHABLE;

    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
