package dev.postern.gateway.dialogue;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Cuts one protocol's commands out of the bytes of one connection. It stops exactly at the
 * command's end, so that what follows can go to a TLS engine or an upstream; it never writes, and
 * reads each byte about once however small the pieces it arrives in. All size limits of the
 * protocol are here: what is too long becomes a command that says so, and the buffer need never
 * hold more than one command.
 *
 * @param <C> the protocol's sealed command type
 */
public interface CommandDecoder<C> {

  /**
   * The next command, with the reader index right behind it; null if {@code in} does not hold a
   * whole one yet (the reader index stays, or moves over bytes that are dropped). Call it again
   * with the same bytes and more.
   */
  @Nullable C decode(ByteBuf in);

  /** Bytes that were taken over and are kept until their command is whole. */
  int held();

  /** Says what the client was asked for. Called after each step that reads on. */
  void expect(FrontStep.Expect next);
}
