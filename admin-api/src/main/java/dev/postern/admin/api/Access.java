package dev.postern.admin.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.ApiTokens;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whose a request is, by its bearer token, RFC 6750 §2.1. A token that works always gets in;
 * whoever keeps trying others from an address is told to wait, and the log has a line of it each
 * minute: the tokens themselves are far too long to be guessed. Safe for use by several threads.
 */
public final class Access {
  private static final Logger LOG = LoggerFactory.getLogger(Access.class);

  /**
   * Tokens that do not work, from an address, or a /64 of IPv6, within a minute, before it has to
   * wait.
   */
  static final int FAILURES = 20;

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int ADDRESSES = 10_000;
  private static final int LONGEST = 200;
  private static final String SCHEME = "bearer ";
  private static final Pattern BEARER =
      Pattern.compile("bearer +([A-Za-z0-9._~+/-]+=*)", Pattern.CASE_INSENSITIVE);

  private final Cache<Cidr, AtomicInteger> failures;

  /** One that has seen nobody yet. */
  public Access() {
    this(Ticker.systemTicker());
  }

  Access(Ticker ticker) {
    this.failures =
        Caffeine.newBuilder()
            .expireAfterWrite(WINDOW)
            .maximumSize(ADDRESSES)
            .ticker(ticker)
            .build();
  }

  /**
   * The token that the request shows.
   *
   * @param header {@code Authorization}, if there is one
   * @throws Refusal {@code UNAUTHENTICATED} if it shows none that works, {@code TOO_MANY_REQUESTS}
   *     if that happened too often
   */
  public ApiToken token(ApiTokens tokens, Optional<String> header, InetAddress from) {
    if (header.filter(Access::isOfBearer).isEmpty()) {
      // No guess at anything, so it is not counted as one.
      throw Refusal.of(ProblemType.UNAUTHENTICATED, "Show a token: Authorization: Bearer TOKEN.")
          .with("WWW-Authenticate", "Bearer realm=\"postern\"");
    }
    Optional<ApiToken> token = presented(header.get()).flatMap(text -> checked(tokens, text));
    if (token.isEmpty()) {
      throw refused(from);
    }
    tokens.used(token.get(), from);
    return token.get();
  }

  private static boolean isOfBearer(String header) {
    return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  private static Optional<String> presented(String header) {
    Matcher bearer = BEARER.matcher(header);
    return header.length() <= LONGEST && bearer.matches()
        ? Optional.of(bearer.group(1))
        : Optional.empty();
  }

  private static Optional<ApiToken> checked(ApiTokens tokens, String text) {
    try (Secret secret = Secret.ofText(text)) {
      return tokens.check(secret);
    }
  }

  private Refusal refused(InetAddress from) {
    int count = failures.get(Cidr.ofClient(from), _ -> new AtomicInteger()).incrementAndGet();
    if (count == 1) {
      LOG.warn(
          "{} showed a token that is unknown, revoked or expired; no more is said of that address"
              + " for a minute",
          from.getHostAddress());
    }
    if (count > FAILURES) {
      return Refusal.of(
              ProblemType.TOO_MANY_REQUESTS,
              "Too many tokens that do not work came from this address.")
          .retryAfter((int) WINDOW.toSeconds());
    }
    return Refusal.of(ProblemType.UNAUTHENTICATED, "The token is unknown, revoked or expired.")
        .with("WWW-Authenticate", "Bearer realm=\"postern\", error=\"invalid_token\"");
  }
}
