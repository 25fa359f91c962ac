package dev.postern.deploy.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
  @TempDir Path folder;

  @Test
  void isThereAsLongAsWeAre() {
    Path file = folder.resolve("postern.pid");
    try (PidFile _ = PidFile.write(file)) {
      assertThat(file).hasContent(ProcessHandle.current().pid() + "\n");
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void thatOfAProcessThatHasTakenOverStays() throws IOException {
    Path file = folder.resolve("postern.pid");
    try (PidFile _ = PidFile.write(file)) {
      Files.writeString(file, "1\n");
    }
    assertThat(file).hasContent("1\n");
  }
}
