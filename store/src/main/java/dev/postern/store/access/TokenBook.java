package dev.postern.store.access;

import dev.postern.store.auth.Secret;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The API tokens that work, as this node has heard of them last. Checking one is cheap, never
 * blocks and needs no database: one keyed digest and one comparison in constant time, whether there
 * is a token of that id or not. What has ended by its date ends here. Safe for use by several
 * threads.
 */
public final class TokenBook {
  private final TokenDigest digest;
  private final Predicate<String> isPepperInForce;
  private final BooleanSupplier isOutOfDate;
  private final Rekeying rekeying;
  private final InstantSource clock;
  private volatile Map<String, Held> held = Map.of();

  /** A token, and what is stored of its text. */
  public record Held(ApiToken token, StoredToken stored) {}

  /** Takes what to store of a token that was just seen to be right, under the active pepper. */
  public interface Rekeying {
    /** Whether one of that id is wanted; asked before it is made. */
    boolean isWanted(String id);

    /** Must not block. */
    void replace(Held old, StoredToken fresh);
  }

  /**
   * @param isPepperInForce whether what is under the pepper of that id counts now; must not block
   * @param isOutOfDate whether this node has not heard of tokens for too long to go by what it
   *     knows; must not block
   */
  public TokenBook(
      TokenDigest digest,
      Predicate<String> isPepperInForce,
      BooleanSupplier isOutOfDate,
      Rekeying rekeying,
      InstantSource clock) {
    this.digest = digest;
    this.isPepperInForce = isPepperInForce;
    this.isOutOfDate = isOutOfDate;
    this.rekeying = rekeying;
    this.clock = clock;
  }

  /** Takes these in place of all from before. */
  public synchronized void store(Collection<Held> tokens) {
    held =
        tokens.stream().collect(Collectors.toUnmodifiableMap(one -> one.token().id(), one -> one));
  }

  /** Takes one more, or another version of one. */
  public synchronized void put(Held one) {
    Map<String, Held> now = new HashMap<>(held);
    now.put(one.token().id(), one);
    held = Map.copyOf(now);
  }

  /** That one does not work any more. */
  public synchronized void remove(String id) {
    Map<String, Held> now = new HashMap<>(held);
    now.remove(id);
    held = Map.copyOf(now);
  }

  /** See {@link ApiTokens#check}. */
  public Optional<ApiToken> check(Secret presented) {
    return presented.expose(this::check);
  }

  private Optional<ApiToken> check(byte[] presented) {
    byte[] text = TokenText.orNobodys(presented);
    Optional<Held> named = Optional.ofNullable(held.get(TokenText.id(text)));
    StoredToken stored = named.map(Held::stored).orElseGet(digest::decoy);
    boolean isRight = digest.matches(text, stored);
    Optional<Held> found =
        named.filter(one ->
            isRight
                && one.token().isWorking(clock.instant())
                && isPepperInForce.test(stored.keyId())
                && !isOutOfDate.getAsBoolean());
    found
        .filter(one -> !digest.isActive(stored) && rekeying.isWanted(one.token().id()))
        .ifPresent(one -> rekeying.replace(one, digest.store(text)));
    return found.map(Held::token);
  }
}
