package dev.postern.deploy.peers;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.Minted;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider that gives another refresh token with each answer, and a mail server's look at its
 * access tokens. What passes through it can be held where a test wants it. Safe for use by several
 * threads.
 */
final class RotatingIssuer implements AutoCloseable {
  private final ScriptedProvider provider = new ScriptedProvider();
  private final AtomicInteger number = new AtomicInteger();
  private final Map<String, Consent> consents = new ConcurrentHashMap<>();
  private final Map<String, String> usersOfAccessTokens = new ConcurrentHashMap<>();
  private final Map<String, Passage> passages = new ConcurrentHashMap<>();

  private volatile Duration life = Duration.ofHours(1);

  /** What becomes of a refresh token that was used. */
  enum Old {
    /** The last one is taken once more, as who never heard the answer needs it. */
    TAKEN_ONCE_MORE,
    VOID
  }

  /** Where a token is on its way. */
  enum Point {
    /** The request has come, and nothing has changed. */
    ASKED,
    /** The old refresh token is what it is afterwards, and there is no answer yet. */
    ROTATED,
    /** The answer is about to be written. */
    ANSWERED,
    /** The access token is at the mail server, which has not answered. */
    USED
  }

  /** Told of each point on the thread that stands there, which may wait. */
  @FunctionalInterface
  interface Passage {
    void reached(Point point);
  }

  private static final class Consent {
    private final Old old;
    private final AtomicInteger asked = new AtomicInteger();
    private String current;
    private Optional<String> previous = Optional.empty();

    Consent(Old old, String first) {
      this.old = old;
      this.current = first;
    }

    /** Whether the token was taken, in whose place there is another then. */
    synchronized boolean rotate(String token, String next) {
      boolean isCurrent = current.equals(token);
      if (!isCurrent && previous.filter(token::equals).isEmpty()) {
        return false;
      }
      previous = isCurrent && old == Old.TAKEN_ONCE_MORE ? Optional.of(token) : Optional.empty();
      current = next;
      return true;
    }
  }

  RotatingIssuer() {
    provider.script(this::answer);
  }

  /** The value of {@code login} of an upstream {@code mail}. */
  String login() {
    return """
    { method: oauth2, flow: device-code, client-id: postern, scopes: [ mail ],
            token-endpoint: "%1$s", device-endpoint: "%1$s", mechanism: xoauth2 }\
    """
        .formatted(provider.tokenEndpoint());
  }

  /** A user consents at the upstream {@code mail}; of an access token there is none yet. */
  void connect(Store store, String user, Old old) {
    String first = "rt-" + number.incrementAndGet() + "-" + user;
    consents.put(user, new Consent(old, first));
    Minted consent =
        new Minted(
            Secret.ofText("used up"),
            Duration.ofHours(1),
            Optional.of(Secret.ofText(first)),
            Optional.of(user),
            "postern at " + provider.tokenEndpoint());
    store.oauthAccounts().connect(user, "mail", consent, new Actor("tester", "admin", Channel.CLI));
  }

  /** Of access tokens from now on. */
  void tokensLive(Duration time) {
    life = time;
  }

  /** From now on it is told of what passes for that user. */
  void watch(String user, Passage passage) {
    passages.put(user, passage);
  }

  /** Requests so far for that user's token. */
  int asked(String user) {
    return consent(user).asked.get();
  }

  /** Whether a mail server lets in who says that, RFC 7628 or XOAUTH2. */
  boolean letsIn(String response) {
    String token = response.replaceFirst("(?s)^.*Bearer ", "").replaceFirst("(?s)\1.*$", "");
    Optional<String> user = Optional.ofNullable(usersOfAccessTokens.get(token));
    user.ifPresent(owner -> reached(owner, Point.USED));
    return user.isPresent();
  }

  private Consent consent(String user) {
    Consent consent = consents.get(user);
    if (consent == null) {
      throw new AssertionError("nobody consented for " + user);
    }
    return consent;
  }

  private void reached(String user, Point point) {
    passages.getOrDefault(user, _ -> {}).reached(point);
  }

  private Answer answer(Map<String, String> form) {
    String token = String.valueOf(form.get("refresh_token"));
    String user = token.replaceFirst("^rt-[0-9]+-", "");
    Consent consent = consent(user);
    consent.asked.incrementAndGet();
    reached(user, Point.ASKED);
    int next = number.incrementAndGet();
    String refreshToken = "rt-" + next + "-" + user;
    if (!consent.rotate(token, refreshToken)) {
      return Answer.error("invalid_grant", "AADSTS700082: The refresh token has expired");
    }
    reached(user, Point.ROTATED);
    String accessToken = "at-" + next;
    usersOfAccessTokens.put(accessToken, user);
    reached(user, Point.ANSWERED);
    return Answer.json(
        200,
        """
        {"token_type":"Bearer","expires_in":%d,"access_token":"%s","refresh_token":"%s"}
        """
            .formatted(life.toSeconds(), accessToken, refreshToken));
  }

  @Override
  public void close() {
    provider.close();
  }
}
