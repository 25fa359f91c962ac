package dev.postern.admin.api;

import dev.postern.store.Actor;
import dev.postern.store.access.RepeatedException;
import dev.postern.store.access.Replay;
import dev.postern.store.access.Replays;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Requests with an {@code Idempotency-Key}: what was done for one is not done again for the same
 * request within a day, also if it comes to two nodes at once. The key is on record in the
 * transaction of what was done.
 */
final class OnceOnly {
  static final String HEADER = "Idempotency-Key";

  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,100}");
  private static final int NONCE = 16;

  private final SecureRandom random = new SecureRandom();

  /**
   * What the audit is to hold of the request.
   *
   * @param target method and address
   * @param body perhaps empty
   * @throws Refusal {@code INVALID_HEADER} if the key is none
   */
  Actor.Once once(Caller caller, String key, String target, byte[] body) {
    if (!KEY.matcher(key).matches()) {
      throw Refusal.of(
          ProblemType.INVALID_HEADER,
          HEADER + " must be 1 to 100 printable ASCII characters without spaces.");
    }
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    return new Actor.Once(
        caller.token().id(), key, fingerprint(target, body), HexFormat.of().formatHex(nonce));
  }

  /** What became of the same request before; empty if it comes for the first time. */
  Optional<Answer> before(Call call) {
    return call.once()
        .flatMap(once ->
            replays(call).find(once.token(), once.key()).map(replay -> answer(call, replay)));
  }

  private static Replays replays(Call call) {
    return call.store().replays();
  }

  /** Another request with the same key was faster. */
  Answer after(Call call, RepeatedException repeated) {
    return answer(call, repeated.replay());
  }

  private static Answer answer(Call call, Replay replay) {
    if (!replay.fingerprint().equals(call.once().orElseThrow().fingerprint())) {
      throw Refusal.of(
          ProblemType.KEY_REUSED, "Take a new " + HEADER + " for each different request.");
    }
    return call.operation().replay().orElseThrow().of(call, replay.subjectId());
  }

  /** Of a body without secrets; the operations that take any take no key. */
  private static String fingerprint(String target, byte[] body) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(target.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return HexFormat.of().formatHex(digest.digest(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
