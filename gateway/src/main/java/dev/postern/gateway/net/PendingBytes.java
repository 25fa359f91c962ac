package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/**
 * Bytes of one connection that were received before login and not yet understood. They may hold
 * secrets, so every byte is zeroed as soon as it has been consumed or moved, here and in the buffer
 * that brought it. Holds no memory while empty; beyond {@link LoginMemory#OWN} it borrows. Used by
 * one event loop.
 */
final class PendingBytes implements AutoCloseable {
  private static final int SMALLEST = 256;

  private final ByteBufAllocator allocator;
  private final int limit;
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  private final LoginMemory memory;
  private int borrowed;
  private int borrowedForOthers;
  private int wiped;
  private boolean isEnded;

  /** Of an upstream: there are only so many logins under way. */
  PendingBytes(ByteBufAllocator allocator, int limit) {
    this(allocator, limit, new LoginMemory(4L * limit));
  }

  /**
   * @param limit bytes held at most
   * @param memory to borrow from
   */
  PendingBytes(ByteBufAllocator allocator, int limit, LoginMemory memory) {
    this.allocator = allocator;
    this.limit = limit;
    this.memory = memory;
  }

  /** Takes {@code more} over and appends it; false, with nothing appended, if that is too much. */
  boolean add(ByteBuf more) {
    int length = more.readableBytes();
    boolean fits = bytes.readableBytes() + length <= limit && makeRoom(length);
    if (fits && length > 0) {
      bytes.writeBytes(more, more.readerIndex(), length);
    }
    wipeAndRelease(more);
    return fits;
  }

  /**
   * What was taken from here counts on while it is kept elsewhere; false if that is too much.
   *
   * @param kept bytes, in place of what was said before
   */
  boolean alsoKept(int kept) {
    int loan = Math.max(0, kept - LoginMemory.OWN) - borrowedForOthers;
    if (loan > 0 && !memory.borrow(loan)) {
      return false;
    }
    if (loan < 0) {
      memory.giveBack(-loan);
    }
    borrowedForOthers += loan;
    return true;
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
    boolean _ = alsoKept(0);
    ByteBuf all = bytes;
    forget();
    return all;
  }

  @Override
  public void close() {
    boolean _ = alsoKept(0);
    free();
  }

  private boolean makeRoom(int length) {
    if (bytes.writableBytes() >= length) {
      return true;
    }
    int needed = bytes.readableBytes() + length;
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(needed - 1) << 1);
    int loan = Math.max(0, capacity - LoginMemory.OWN);
    if (loan > 0 && !memory.borrow(loan)) {
      return false;
    }
    ByteBuf larger = allocator.buffer(capacity, capacity);
    larger.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    free();
    bytes = larger;
    borrowed = loan;
    return true;
  }

  private void free() {
    wipeAndRelease(bytes);
    forget();
  }

  private void forget() {
    bytes = Unpooled.EMPTY_BUFFER;
    wiped = 0;
    memory.giveBack(borrowed);
    borrowed = 0;
  }

  private static void wipeAndRelease(ByteBuf buffer) {
    if (!buffer.isReadOnly()) {
      buffer.setZero(buffer.readerIndex(), buffer.readableBytes());
    }
    buffer.release();
  }
}
