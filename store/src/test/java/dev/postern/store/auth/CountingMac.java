package dev.postern.store.auth;

import dev.postern.store.StoreConfig;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.spec.AlgorithmParameterSpec;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.MacSpi;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A real HMAC that counts how often it is finished. */
final class CountingMac extends Mac {

  private CountingMac(Mac real, AtomicInteger count) {
    super(new Spi(real, count), real.getProvider(), real.getAlgorithm());
  }

  static Mac of(StoreConfig.Key key, AtomicInteger count) {
    try {
      Mac counting = new CountingMac(Mac.getInstance("HmacSHA256"), count);
      counting.init(key.bytes().expose(bytes -> new SecretKeySpec(bytes, "HmacSHA256")));
      return counting;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Spi extends MacSpi {
    private final Mac real;
    private final AtomicInteger count;

    Spi(Mac real, AtomicInteger count) {
      this.real = real;
      this.count = count;
    }

    @Override
    protected int engineGetMacLength() {
      return real.getMacLength();
    }

    @Override
    protected void engineInit(Key key, @Nullable AlgorithmParameterSpec params)
        throws InvalidKeyException {
      real.init(key);
    }

    @Override
    protected void engineUpdate(byte input) {
      real.update(input);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
      real.update(input, offset, length);
    }

    @Override
    protected byte[] engineDoFinal() {
      count.incrementAndGet();
      return real.doFinal();
    }

    @Override
    protected void engineReset() {
      real.reset();
    }
  }
}
