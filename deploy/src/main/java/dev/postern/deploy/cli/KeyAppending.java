package dev.postern.deploy.cli;

import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/**
 * Appends a line to a key file so that a crash leaves the old file or the new one: writes a copy
 * beside it, readable by its owner alone from the moment it exists, and renames that. Owner and
 * permissions stay those of the old file.
 */
final class KeyAppending {
  private KeyAppending() {}

  /**
   * Appends.
   *
   * @param named a link is followed
   * @param line with its line end
   */
  static void append(Path named, Secret line) throws IOException {
    Path file = named.toRealPath();
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    byte[] old = Files.readAllBytes(file);
    try {
      Files.deleteIfExists(fresh);
      try (FileChannel out =
          FileChannel.open(
              fresh,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        write(out, old);
        if (old.length > 0 && old[old.length - 1] != '\n') {
          write(out, new byte[] {'\n'});
        }
        byte[] added = line.expose(byte[]::clone);
        write(out, added);
        Arrays.fill(added, (byte) 0);
        out.force(true);
      }
      keepOwner(file, fresh);
      var _ = Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Arrays.fill(old, (byte) 0);
      boolean _ = Files.deleteIfExists(fresh);
    }
    try (FileChannel folder = FileChannel.open(file.resolveSibling(""), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  /** The server must be able to read it as before, also if root appends. */
  private static void keepOwner(Path file, Path fresh) throws IOException {
    PosixFileAttributes before = Files.readAttributes(file, PosixFileAttributes.class);
    PosixFileAttributes after = Files.readAttributes(fresh, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(fresh, PosixFileAttributeView.class);
    if (!before.owner().equals(after.owner())) {
      view.setOwner(before.owner());
    }
    if (!before.group().equals(after.group())) {
      view.setGroup(before.group());
    }
    view.setPermissions(before.permissions());
  }

  private static void write(FileChannel out, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      int _ = out.write(buffer);
    }
  }
}
