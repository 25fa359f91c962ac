package dev.postern.store.hash;

import java.util.ArrayDeque;
import java.util.Queue;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.Block;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.BlockPool;

/**
 * The memory in which one thread computes Argon2, used again from hash to hash: without it a hash
 * of 19 MiB makes 20,000 objects that a collector has to copy. Not for use by two threads at once.
 *
 * <p>It keeps at most {@value #KEPT} blocks of a KiB; what a costlier hash needs beyond them goes
 * back to the collector. Bouncy Castle wipes a block before it gives it back.
 *
 * <p>Blocks are taken in the order in which they were given back, so that neighbours in the
 * computation stay neighbours in memory, where the collector keeps them so. The serial one does;
 * under the parallel ones a stack would be a little faster than this.
 */
public final class Workspace {
  /** The memory of one usual hash, and the few blocks that the computation needs beside it. */
  static final int KEPT = Hardening.MEMORY + 8;

  private final Queue<Block> free = new ArrayDeque<>(KEPT);

  /** An empty one; it grows to what is asked of it. */
  public Workspace() {}

  /** Number of blocks of a KiB that wait for the next hash. */
  int retained() {
    return free.size();
  }

  /** The pool as Bouncy Castle wants it. */
  BlockPool blocks() {
    return pool;
  }

  private final BlockPool pool =
      new BlockPool() {
        @Override
        public Block allocate() {
          Block block = free.poll();
          return block == null ? new Block() : block;
        }

        @Override
        public void deallocate(Block block) {
          if (free.size() < KEPT) {
            free.add(block);
          }
        }
      };
}
