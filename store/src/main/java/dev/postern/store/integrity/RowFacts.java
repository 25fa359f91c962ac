package dev.postern.store.integrity;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a row means, as the bytes that its signature covers: the table's name, then every field in a
 * fixed order, each with its length before it, so that nothing can be moved from one field into the
 * next. A field that is empty differs from one that is not there.
 */
public final class RowFacts {
  private static final int TYPICAL_BYTES = 384;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_BYTES);

  private RowFacts(String table) {
    text(table);
  }

  /** Begins the facts of a row. */
  public static RowFacts of(String table) {
    return new RowFacts(table);
  }

  public RowFacts text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    length(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  public RowFacts text(Optional<String> value) {
    if (value.isPresent()) {
      return text(value.get());
    }
    length(-1);
    return this;
  }

  public RowFacts number(long value) {
    length(Long.BYTES);
    length((int) (value >>> Integer.SIZE));
    length((int) value);
    return this;
  }

  public RowFacts number(Optional<Long> value) {
    if (value.isPresent()) {
      return number(value.get());
    }
    length(-1);
    return this;
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  private void length(int value) {
    bytes.write(value >>> 24);
    bytes.write(value >>> 16);
    bytes.write(value >>> 8);
    bytes.write(value);
  }
}
