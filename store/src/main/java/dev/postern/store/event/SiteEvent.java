package dev.postern.store.event;

import dev.postern.store.audit.Snapshot;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What happened. Never has a secret, nor a name that nobody has; what clients say of themselves is
 * as short and clean as {@link dev.postern.store.auth.Attempt} has it.
 */
public sealed interface SiteEvent {

  EventKind kind();

  /** When it happened. */
  Instant at();

  /** Of whom it tells, if of one user. */
  default Optional<String> userId() {
    return Optional.empty();
  }

  /** What keeps it from being told twice, by whichever node. */
  default Optional<Once> once() {
    return Optional.empty();
  }

  /** Adds what only this kind of event has. */
  void fill(Snapshot body);

  /**
   * Not again for a while.
   *
   * @param what the same for all of which one is told
   * @param rest how long
   */
  record Once(String what, Duration rest) {
    private static final Duration HOUR = Duration.ofHours(1);

    static Optional<Once> anHour(String what) {
      return Optional.of(new Once(what, HOUR));
    }
  }

  /** An app password, as people know it. */
  record Subject(String id, String label, String userId, String user) {
    void fill(Snapshot body) {
      body.text("user", user).text("appPassword", id).text("label", label);
    }
  }

  /**
   * Who changed something.
   *
   * @param channel a word of {@link dev.postern.store.Channel}
   */
  record Author(String who, String channel) {
    void fill(Snapshot body) {
      body.text("by", who).text("channel", channel);
    }
  }

  /**
   * Where a login came from.
   *
   * @param protocol its word
   * @param client what it says of itself, perhaps empty
   */
  record Origin(InetAddress address, String protocol, String client) {
    void fill(Snapshot body) {
      body.text("from", address.getHostAddress())
          .text("protocol", protocol)
          .text("client", Optional.of(client).filter(name -> !name.isEmpty()));
    }
  }

  /**
   * Somebody made an app password.
   *
   * @param replaces the one that it follows by rotation
   */
  record Created(
      Instant at, Subject subject, List<String> scopes, Optional<String> replaces, Author author)
      implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_CREATED;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(subject.userId);
    }

    @Override
    public void fill(Snapshot body) {
      subject.fill(body);
      author.fill(body.list("scopes", scopes).text("replaces", replaces));
    }
  }

  /** Somebody made several at once. */
  record CreatedMany(Instant at, int count, Author author) implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_CREATED;
    }

    @Override
    public void fill(Snapshot body) {
      author.fill(body.number("count", count));
    }
  }

  /** The first login with an app password. */
  record UsedFirst(Instant at, Subject subject, Origin origin) implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_USED_FIRST;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(subject.userId);
    }

    @Override
    public void fill(Snapshot body) {
      subject.fill(body);
      origin.fill(body);
    }
  }

  /**
   * A login from where the user was not lately.
   *
   * @param network the same for all addresses that are one place
   */
  record NewNetwork(Instant at, Subject subject, Origin origin, String network)
      implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_NEW_NETWORK;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(subject.userId);
    }

    @Override
    public Optional<Once> once() {
      return Once.anHour(kind().word() + ' ' + subject.userId + ' ' + network);
    }

    @Override
    public void fill(Snapshot body) {
      subject.fill(body);
      origin.fill(body);
    }
  }

  /** Somebody ended an app password. */
  record Revoked(Instant at, Subject subject, String reason, Author author) implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_REVOKED;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(subject.userId);
    }

    @Override
    public void fill(Snapshot body) {
      subject.fill(body);
      author.fill(body.text("reason", reason));
    }
  }

  /**
   * Somebody ended several at once.
   *
   * @param owner whose they all were, if they were one user's
   */
  record RevokedMany(Instant at, int count, Optional<Owner> owner, String reason, Author author)
      implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_REVOKED;
    }

    @Override
    public Optional<String> userId() {
      return owner.map(Owner::userId);
    }

    @Override
    public void fill(Snapshot body) {
      owner.ifPresent(one -> body.text("user", one.user));
      author.fill(body.number("count", count).text("reason", reason));
    }
  }

  /** A user. */
  record Owner(String userId, String user) {}

  /** The right secret of an app password that is revoked. */
  record RefusedAfterRevocation(Instant at, Subject subject, Origin origin) implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.APP_PASSWORD_REFUSED_AFTER_REVOCATION;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(subject.userId);
    }

    @Override
    public Optional<Once> once() {
      return Once.anHour(kind().word() + ' ' + subject.id);
    }

    @Override
    public void fill(Snapshot body) {
      subject.fill(body);
      origin.fill(body);
    }
  }

  /** More wrong secrets came for a user than are answered as such. */
  record UserThrottled(Instant at, Owner owner, Origin origin) implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.USER_THROTTLED;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(owner.userId);
    }

    @Override
    public Optional<Once> once() {
      return Once.anHour(kind().word() + ' ' + owner.userId);
    }

    @Override
    public void fill(Snapshot body) {
      origin.fill(body.text("user", owner.user));
    }
  }

  /**
   * A provider takes a user's consent no more.
   *
   * @param reason the provider's codes
   */
  record ConsentNeeded(Instant at, Owner owner, String upstream, String reason)
      implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.CONSENT_NEEDED;
    }

    @Override
    public Optional<String> userId() {
      return Optional.of(owner.userId);
    }

    @Override
    public void fill(Snapshot body) {
      body.text("user", owner.user).text("upstream", upstream).text("reason", reason);
    }
  }

  /**
   * A node has not reached an upstream for some time.
   *
   * @param node as operators call it
   * @param cause for operators
   */
  record UpstreamDown(Instant at, String node, String upstream, String protocol, String cause)
      implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.UPSTREAM_DOWN;
    }

    @Override
    public void fill(Snapshot body) {
      body.text("node", node)
          .text("upstream", upstream)
          .text("protocol", protocol)
          .text("cause", cause);
    }
  }

  /** It reaches it again. */
  record UpstreamUp(Instant at, String node, String upstream, String protocol, Duration down)
      implements SiteEvent {
    @Override
    public EventKind kind() {
      return EventKind.UPSTREAM_UP;
    }

    @Override
    public void fill(Snapshot body) {
      body.text("node", node)
          .text("upstream", upstream)
          .text("protocol", protocol)
          .number("downSeconds", down.toSeconds());
    }
  }

  /**
   * A certificate of the listeners ends soon.
   *
   * @param fingerprint SHA-256, in hexadecimal
   * @param names that it is for
   * @param days of which there are no more left: the step that was reached
   */
  record CertificateExpiring(
      Instant at, String fingerprint, List<String> names, Instant expiresAt, int days)
      implements SiteEvent {
    private static final Duration LONGER_THAN_ALL_STEPS = Duration.ofDays(60);

    @Override
    public EventKind kind() {
      return EventKind.CERTIFICATE_EXPIRING;
    }

    @Override
    public Optional<Once> once() {
      return Optional.of(
          new Once(kind().word() + ' ' + fingerprint + ' ' + days, LONGER_THAN_ALL_STEPS));
    }

    @Override
    public void fill(Snapshot body) {
      body.text("expiresAt", expiresAt.toString())
          .number("days", days)
          .list("names", names)
          .text("sha256", fingerprint);
    }
  }
}
