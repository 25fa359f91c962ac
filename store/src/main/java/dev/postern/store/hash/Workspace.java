package dev.postern.store.hash;

import java.util.Arrays;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.Block;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.BlockPool;
import org.jspecify.annotations.Nullable;

/**
 * The memory in which one thread computes Argon2, used again from hash to hash: without it a hash
 * of 19 MiB makes 20,000 objects that a collector has to copy. Not for use by two threads at once.
 *
 * <p>It keeps at most {@value #KEPT} blocks of a KiB; what a costlier hash needs beyond them goes
 * back to the collector. Bouncy Castle wipes a block before it gives it back.
 */
public final class Workspace {
  /** The memory of one usual hash, and the few blocks that the computation needs beside it. */
  static final int KEPT = Hardening.MEMORY + 8;

  private final @Nullable Block[] blocks = new @Nullable Block[KEPT];
  private int free;

  /** An empty one; it grows to what is asked of it. */
  public Workspace() {}

  /** Number of blocks of a KiB that wait for the next hash. */
  int retained() {
    return free;
  }

  /** Gives the memory back. */
  public void release() {
    Arrays.fill(blocks, 0, free, null);
    free = 0;
  }

  /** The pool as Bouncy Castle wants it. */
  BlockPool blocks() {
    return pool;
  }

  private final BlockPool pool =
      new BlockPool() {
        @Override
        public Block allocate() {
          if (free == 0) {
            return new Block();
          }
          free--;
          Block block = blocks[free];
          blocks[free] = null;
          return block == null ? new Block() : block;
        }

        @Override
        public void deallocate(Block block) {
          if (free < KEPT) {
            blocks[free] = block;
            free++;
          }
        }
      };
}
