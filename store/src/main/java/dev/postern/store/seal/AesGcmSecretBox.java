package dev.postern.store.seal;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM with a random nonce of 96 bits and the whole {@link Sealed.Place} as associated data,
 * each part with its length before it. Written as {@code v1:KEY-ID:BASE64(nonce, ciphertext, tag)}.
 *
 * <p>Random nonces are safe for 2<sup>32</sup> values under one key; a site seals a few per user.
 */
public final class AesGcmSecretBox implements SecretBox {
  private static final String VERSION = "v1";
  private static final int NONCE_LENGTH = 12;
  private static final int TAG_BITS = 128;

  private final Map<String, StoreConfig.Key> keys;
  private final Supplier<String> active;
  private final SecureRandom random;

  /**
   * Seals with the newest key.
   *
   * @param keys newest last, at least one
   */
  public AesGcmSecretBox(List<StoreConfig.Key> keys, SecureRandom random) {
    this(keys, () -> keys.getLast().id(), random);
  }

  /**
   * @param active the id of the key to seal with
   */
  public AesGcmSecretBox(List<StoreConfig.Key> keys, Supplier<String> active, SecureRandom random) {
    this.keys = keys.stream().collect(Collectors.toUnmodifiableMap(StoreConfig.Key::id, k -> k));
    this.active = active;
    this.random = random;
  }

  @Override
  public Sealed seal(Secret secret, Sealed.Place place) {
    StoreConfig.Key key =
        Optional.ofNullable(keys.get(active.get()))
            .orElseThrow(() -> new IllegalStateException("the active sealing key is not here"));
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    byte[] sealed =
        secret.expose(bytes -> {
          try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, place);
            byte[] out = Arrays.copyOf(nonce, NONCE_LENGTH + cipher.getOutputSize(bytes.length));
            cipher.doFinal(bytes, 0, bytes.length, out, NONCE_LENGTH);
            return out;
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES-GCM", e);
          }
        });
    return new Sealed(
        VERSION + ":" + key.id() + ":" + Base64.getEncoder().encodeToString(sealed), place);
  }

  @Override
  public Secret open(Sealed value) {
    String[] parts = value.text().split(":", -1);
    if (parts.length != 3 || !parts[0].equals(VERSION) || !StoreConfig.Key.isId(parts[1])) {
      throw broken(value.place(), "has no form that this program knows");
    }
    StoreConfig.Key key =
        Optional.ofNullable(keys.get(parts[1]))
            .orElseThrow(
                () -> broken(value.place(), "needs the sealing key " + parts[1] + ", not given"));
    try {
      byte[] sealed = Base64.getDecoder().decode(parts[2]);
      byte[] nonce = Arrays.copyOf(sealed, NONCE_LENGTH);
      return Secret.owning(
          cipher(Cipher.DECRYPT_MODE, key, nonce, value.place())
              .doFinal(sealed, NONCE_LENGTH, Math.max(0, sealed.length - NONCE_LENGTH)));
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      throw broken(
          value.place(), "was changed or moved, or key " + parts[1] + " is not what it was");
    }
  }

  private static Cipher cipher(int mode, StoreConfig.Key key, byte[] nonce, Sealed.Place place)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    SecretKeySpec aes = key.bytes().expose(bytes -> new SecretKeySpec(bytes, "AES"));
    cipher.init(mode, aes, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(associated(place));
    return cipher;
  }

  private static byte[] associated(Sealed.Place place) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      for (String part :
          List.of(
              VERSION,
              place.table(),
              place.row(),
              place.userId(),
              place.upstream(),
              place.field())) {
        byte[] utf8 = part.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
      out.writeLong(place.version());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static SealBrokenException broken(Sealed.Place place, String what) {
    return new SealBrokenException(
        "the sealed "
            + place.table()
            + "."
            + place.field()
            + " of row "
            + place.row()
            + " "
            + what);
  }
}
