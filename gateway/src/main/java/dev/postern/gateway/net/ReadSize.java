package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How much of one client's connection is read at once: before the login a little, so that what a
 * stranger sends costs no more memory than what was asked for; after it as much as comes. A channel
 * asks for its handle once, so that the change is in the handle. Used by one event loop.
 */
final class ReadSize implements RecvByteBufAllocator {

  /** Enough for a ClientHello or a login in one read. */
  static final int BEFORE_LOGIN = 2048;

  /**
   * What a relay reads at once: as much as stays in a processor's nearer caches until it is sent;
   * with twice as much a byte costs a third more.
   */
  static final int MOST_RELAYED = 32 * 1024;

  /** Begins with little, and follows what comes. */
  static final RecvByteBufAllocator RELAYED =
      new AdaptiveRecvByteBufAllocator(64, 1024, MOST_RELAYED);

  private boolean isLoggedIn;

  /** Reads little from {@code front}, until {@link #loggedIn}. */
  static void limit(Channel front) {
    front.config().setRecvByteBufAllocator(new ReadSize());
  }

  static void loggedIn(Channel front) {
    if (front.config().getRecvByteBufAllocator() instanceof ReadSize size) {
      size.isLoggedIn = true;
    }
  }

  @Override
  public ExtendedHandle newHandle() {
    return new SizedHandle((ExtendedHandle) RELAYED.newHandle());
  }

  private final class SizedHandle extends DelegatingHandle implements ExtendedHandle {
    SizedHandle(ExtendedHandle adaptive) {
      super(adaptive);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return isLoggedIn
          ? super.allocate(allocator)
          : allocator.ioBuffer(BEFORE_LOGIN, BEFORE_LOGIN);
    }

    @Override
    public int guess() {
      return isLoggedIn ? super.guess() : BEFORE_LOGIN;
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMore);
    }
  }
}
