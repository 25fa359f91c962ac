package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The part of a verification that ends with the comparison, opened to measurements, over users in
 * memory. It is in the verifier's package, so that the product need not offer it to anybody.
 */
public final class WarmPath implements AutoCloseable {
  private static final Instant MADE = Instant.parse("2026-11-24T12:00:00Z");

  private final StoreConfig.Key pepper;
  private final KeyedDigest digest;
  private final LookupPool lookups =
      new LookupPool(1, 10_000, Duration.ofSeconds(60), Ticker.systemTicker());
  private final CoarseTicker ticker = CoarseTicker.start();
  private final CredentialCache cache;
  private final int candidates;
  private final String[] names;
  private final String[] unknown;
  private final Secret[] right;
  private final Secret wrong = Secret.ofText("zzzzyyyyxxxxwwww");

  private WarmPath(int candidates, String[] names, String[] unknown, Secret[] right) {
    this.candidates = candidates;
    this.names = names;
    this.unknown = unknown;
    this.right = right;
    byte[] key = new byte[StoreConfig.Key.LENGTH];
    new Random(1).nextBytes(key);
    this.pepper = new StoreConfig.Key("p1", Secret.owning(key));
    this.digest = new KeyedDigest(List.of(pepper));
    this.cache =
        new CredentialCache(
            new Users(),
            NameRules.EXACT,
            lookups,
            1L << 40,
            Duration.ofMinutes(15),
            ticker,
            ticker::read,
            new Random(2));
  }

  /**
   * Loads that many users with so many app passwords each, of which the middle one is the right
   * one, and as many names that nobody has.
   */
  public static WarmPath of(int users, int candidates) {
    String[] names = new String[users];
    String[] unknown = new String[users];
    Secret[] right = new Secret[users];
    for (int i = 0; i < users; i++) {
      names[i] = name(i);
      unknown[i] = "nobody%04d@example.com".formatted(i);
      right[i] = Secret.ofText(secret(i, candidates / 2));
    }
    WarmPath path = new WarmPath(candidates, names, unknown, right);
    for (int i = 0; i < users; i++) {
      var _ = path.cache.find(names[i]).join();
      var _ = path.cache.find(unknown[i]).join();
    }
    return path;
  }

  /** Loads users and keeps nothing of them but what the cache does. */
  public static WarmPath ofUsersAlone(int users, int candidates) {
    WarmPath path = new WarmPath(candidates, new String[0], new String[0], new Secret[0]);
    for (int i = 0; i < users; i++) {
      var _ = path.cache.find(name(i)).join();
    }
    return path;
  }

  /** Keeps the cache alive until here. */
  public boolean wrongIsRefused() {
    return check(name(0), wrong) < 0;
  }

  private static String name(int user) {
    return "user%06d@example.com".formatted(user);
  }

  /** The right secret of a user; whether it matches. */
  public boolean right(int user) {
    return check(names[user], right[user]) >= 0;
  }

  /** A wrong secret for a user; whether it matches. */
  public boolean wrong(int user) {
    return check(names[user], wrong) >= 0;
  }

  /** A name that nobody has; whether it matches. */
  public boolean unknown(int user) {
    return check(unknown[user], right[user]) >= 0;
  }

  /** Cache, which knows normalised names alone → shape → HMAC → compare, as the verifier does. */
  private int check(String typed, Secret secret) {
    FreshCache.Held<CachedUser> rows = cache.present(typed);
    if (rows == null) {
      throw new IllegalStateException("not cached");
    }
    return digest.compare(rows.value(), secret);
  }

  /** An HMAC under the same pepper, to be compared with. */
  public Mac mac() {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(pepper.bytes().expose(bytes -> new SecretKeySpec(bytes, "HmacSHA256")));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The message that {@link #right} has hashed, byte for byte in length. */
  public static byte[] message() {
    byte[] message = new byte[1 + 16 + 2 + 16];
    new Random(3).nextBytes(message);
    return message;
  }

  @Override
  public void close() {
    lookups.close();
    ticker.close();
  }

  private static String secret(int user, int credential) {
    Random random = new Random(1000L * user + credential);
    StringBuilder secret = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      secret.append(
          AppPasswordShape.ALPHABET.charAt(random.nextInt(AppPasswordShape.ALPHABET.length())));
    }
    return secret.toString();
  }

  private static String fresh(String text) {
    return new String(text.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
  }

  private final class Users implements CredentialSource {
    @Override
    public boolean hasImports() {
      return false;
    }

    @Override
    public Answer find(List<LoginName> names) {
      String name = names.getFirst().value();
      return name.startsWith("user")
          ? new Answer(0, load(name).map(rows -> new Found(rows, Optional.empty())))
          : new Answer(names.size(), Optional.empty());
    }

    /** As from the database: no string is shared with anything. */
    @Override
    public Optional<UserCredentials> load(String name) {
      int number = Integer.parseInt(name.substring(4, 10));
      byte[] raw = new byte[16];
      new Random(number).nextBytes(raw);
      String id = HexFormat.of().formatHex(raw);
      User user =
          new User(
              id,
              fresh(name),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              Optional.empty(),
              MADE,
              fresh("admin"),
              1);
      List<Credential> credentials = new ArrayList<>();
      for (int i = 0; i < candidates; i++) {
        credentials.add(credential(id, fresh(name), number, i));
      }
      return Optional.of(new UserCredentials(user, credentials, Map.of()));
    }

    private Credential credential(String userId, String name, int user, int number) {
      return new Credential(
          new AppPassword(
              "ap_" + secret(user + 500_000, number),
              userId,
              name,
              fresh("Thunderbird on the laptop"),
              Set.of(Scope.IMAP, Scope.SUBMISSION),
              Optional.empty(),
              List.of(),
              Optional.empty(),
              Optional.empty(),
              MADE,
              fresh("admin"),
              Optional.empty(),
              Optional.empty(),
              new AppPassword.State.Active()),
          Optional.of(digest.store(userId, Secret.ofText(secret(user, number)))),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          true);
    }
  }
}
