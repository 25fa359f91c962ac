package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Optional;

/**
 * How to log in at an upstream.
 *
 * @param security how the connection is protected; secrets are sent only when it is, or when clear
 *     text is allowed
 * @param ourName our name, for EHLO
 * @param credentials whom to log in as; empty for a probe, which ends as soon as it knows the
 *     server's features
 * @param promised SMTP: EHLO keywords that the client was told; if the server lacks one, the login
 *     fails with {@link UpstreamFailure.Cause#BROKEN_PROMISE}
 * @param floor SMTP: EHLO lines that the client's listener is configured to announce; if the server
 *     offers less, the login fails with {@link UpstreamFailure.Cause#BELOW_FLOOR}
 * @param told what the server is told of the client, in its protocol's way, if it takes it; empty
 *     for one that is not configured to trust us with that
 * @param isMailboxProbed IMAP: whether a login counts only once the server has answered a command
 *     that needs the mailbox; else it fails with {@link UpstreamFailure.Cause#NOT_CONNECTED}
 */
public record UpstreamPlan(
    Security security,
    String ourName,
    Optional<UpstreamCredentials> credentials,
    List<String> promised,
    List<String> floor,
    Optional<ClientIdentity> told,
    boolean isMailboxProbed) {

  public UpstreamPlan {
    promised = List.copyOf(promised);
    floor = List.copyOf(floor);
  }

  /** For a client of a listener that announces what upstreams have. */
  public UpstreamPlan(
      Security security,
      String ourName,
      Optional<UpstreamCredentials> credentials,
      List<String> promised,
      Optional<ClientIdentity> told,
      boolean isMailboxProbed) {
    this(security, ourName, credentials, promised, List.of(), told, isMailboxProbed);
  }

  /** For a server that is taken at its word. */
  public UpstreamPlan(
      Security security,
      String ourName,
      Optional<UpstreamCredentials> credentials,
      List<String> promised,
      Optional<ClientIdentity> told) {
    this(security, ourName, credentials, promised, told, false);
  }

  /** For a server that is told nothing of the client. */
  public UpstreamPlan(
      Security security,
      String ourName,
      Optional<UpstreamCredentials> credentials,
      List<String> promised) {
    this(security, ourName, credentials, promised, Optional.empty());
  }

  /** The same, logging in as somebody. */
  public UpstreamPlan with(UpstreamCredentials whose) {
    return new UpstreamPlan(
        security, ourName, Optional.of(whose), promised, floor, told, isMailboxProbed);
  }

  /** The same, with the mailbox probed or not. */
  public UpstreamPlan probed(boolean isToBe) {
    return new UpstreamPlan(security, ourName, credentials, promised, floor, told, isToBe);
  }

  /** How an upstream connection is protected. */
  public enum Security {
    /** TLS from the first byte: {@code imaps://} and its like. */
    IMPLICIT_TLS,
    /** TLS before anything else is said: {@code imap+starttls://} and its like. */
    STARTTLS,
    /** In clear, on loopback or where explicitly allowed: {@code imap://} and its like. */
    CLEAR
  }

  /** Whom to log in as, and what proves it. */
  public sealed interface UpstreamCredentials {

    /** What proves it, if anything does; who holds it closes it once the login is over. */
    Optional<Secret> secret();

    /** Wipes what proves it. */
    default void close() {
      secret().ifPresent(Secret::close);
    }

    /**
     * A name and a password.
     *
     * @param authorizeAs mailbox to open when it differs from {@code loginName} (Dovecot master
     *     user by SASL PLAIN); then PLAIN is the only mechanism that will do
     */
    record Password(Optional<String> authorizeAs, String loginName, Secret password)
        implements UpstreamCredentials {

      @Override
      public Optional<Secret> secret() {
        return Optional.of(password);
      }

      @Override
      public String toString() {
        return "Password[***]";
      }
    }

    /**
     * An OAuth 2.0 access token, RFC 6750.
     *
     * @param mailbox whose it is, or which it may open
     * @param token at most {@link dev.postern.store.oauth.AccessToken#LONGEST} octets
     * @param host the server's name, as the token's issuer knows it
     * @param isXoauth2First whether XOAUTH2 goes before OAUTHBEARER where the server takes both
     */
    record Bearer(String mailbox, Secret token, String host, int port, boolean isXoauth2First)
        implements UpstreamCredentials {

      @Override
      public Optional<Secret> secret() {
        return Optional.of(token);
      }

      @Override
      public String toString() {
        return "Bearer[***]";
      }
    }

    /**
     * Nothing but our word, for a submission server that believes it: XCLIENT with LOGIN.
     *
     * @param client whom the server takes the connection for from then on, so that the client
     *     cannot give its own word; empty: nobody known, who is believed as little
     */
    record OurWord(String mailbox, Optional<ClientIdentity.Endpoint> client)
        implements UpstreamCredentials {

      @Override
      public Optional<Secret> secret() {
        return Optional.empty();
      }
    }
  }
}
