package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/**
 * Bytes of one connection that were received before login and not yet understood. They may hold
 * secrets, so every byte is zeroed as soon as it has been consumed or moved, here and in the buffer
 * that brought it. Holds no memory while empty. Used by one event loop.
 */
final class PendingBytes implements AutoCloseable {
  private static final int SMALLEST = 256;

  private final ByteBufAllocator allocator;
  private final int limit;
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  private int wiped;
  private boolean isEnded;

  /**
   * @param limit bytes held at most
   */
  PendingBytes(ByteBufAllocator allocator, int limit) {
    this.allocator = allocator;
    this.limit = limit;
  }

  /** Takes {@code more} over and appends it; false, with nothing appended, if that is too much. */
  boolean add(ByteBuf more) {
    int length = more.readableBytes();
    boolean fits = bytes.readableBytes() + length <= limit;
    if (fits && length > 0) {
      makeRoom(length);
      bytes.writeBytes(more, more.readerIndex(), length);
    }
    wipeAndRelease(more);
    return fits;
  }

  /** What is there. Whoever reads it calls {@link #consumed} afterwards. */
  ByteBuf view() {
    return bytes;
  }

  int size() {
    return bytes.readableBytes();
  }

  boolean isEmpty() {
    return !bytes.isReadable();
  }

  /** Forgets what lies before the reader index of {@link #view}. */
  void consumed() {
    if (bytes.readerIndex() > wiped) {
      bytes.setZero(wiped, bytes.readerIndex() - wiped);
      wiped = bytes.readerIndex();
    }
    if (!bytes.isReadable()) {
      free();
    }
  }

  /** Notes that no more bytes will come. */
  void end() {
    isEnded = true;
  }

  /** Whether {@link #end} was called. */
  boolean isEnded() {
    return isEnded;
  }

  /** Gives the rest away; the caller releases it. */
  ByteBuf takeAll() {
    ByteBuf all = bytes;
    bytes = Unpooled.EMPTY_BUFFER;
    wiped = 0;
    return all;
  }

  @Override
  public void close() {
    free();
  }

  private void makeRoom(int length) {
    if (bytes.writableBytes() >= length) {
      return;
    }
    int needed = bytes.readableBytes() + length;
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(needed - 1) << 1);
    ByteBuf larger = allocator.buffer(capacity, capacity);
    larger.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    free();
    bytes = larger;
  }

  private void free() {
    wipeAndRelease(bytes);
    bytes = Unpooled.EMPTY_BUFFER;
    wiped = 0;
  }

  private static void wipeAndRelease(ByteBuf buffer) {
    if (!buffer.isReadOnly()) {
      buffer.setZero(buffer.readerIndex(), buffer.readableBytes());
    }
    buffer.release();
  }
}
