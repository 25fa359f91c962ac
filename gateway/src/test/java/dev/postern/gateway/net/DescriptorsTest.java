package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {
  private static final int NOT_BLOCKING = 04000;

  @TempDir Path folder;

  /** Where two processes accept on one socket, the other may be quicker: accept must not wait. */
  @Test
  void afterwardsItDoesNotBlock() throws IOException {
    Path file = Files.writeString(folder.resolve("opened"), "");
    try (InputStream _ = Files.newInputStream(file)) {
      int descriptor = descriptorOf(file);
      assertThat(flags(descriptor) & NOT_BLOCKING).isZero();

      Descriptors.prepare(descriptor);

      assertThat(flags(descriptor) & NOT_BLOCKING).isEqualTo(NOT_BLOCKING);
    }
  }

  @Test
  void oneThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> Descriptors.prepare(1_000_000)).isInstanceOf(GatewayException.class);
  }

  private static int descriptorOf(Path file) throws IOException {
    Path real = file.toRealPath();
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(link -> leadsTo(link, real))
          .map(link -> Integer.parseInt(String.valueOf(link.getFileName())))
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean leadsTo(Path link, Path file) {
    try {
      return Files.readSymbolicLink(link).equals(file);
    } catch (IOException _) {
      return false;
    }
  }

  private static int flags(int descriptor) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor)).stream()
        .filter(line -> line.startsWith("flags:"))
        .map(line -> Integer.parseInt(line.substring(6).strip(), 8))
        .findFirst()
        .orElseThrow();
  }
}
