package dev.postern.store.hash;

import org.bouncycastle.crypto.ExtendedDigest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;

/** The digests that stored hashes are made of. */
enum ShaFamily {
  SHA1(20) {
    @Override
    ExtendedDigest digest() {
      return new SHA1Digest();
    }
  },
  SHA256(32) {
    @Override
    ExtendedDigest digest() {
      return new SHA256Digest();
    }
  },
  SHA512(64) {
    @Override
    ExtendedDigest digest() {
      return new SHA512Digest();
    }
  };

  private final int length;

  ShaFamily(int length) {
    this.length = length;
  }

  /** Bytes of a digest. */
  int length() {
    return length;
  }

  /** A fresh one. */
  abstract ExtendedDigest digest();
}
