package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.postern.deploy.LogFormat;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the log is to be written. */
class LogReaderTest {
  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
  }

  @Test
  void itIsPlainUnlessSomethingElseIsWritten() throws Exception {
    assertThat(folder.load(ConfigFolder.FULL).log()).isEqualTo(LogFormat.PLAIN);
    assertThat(read("plain")).isEqualTo(LogFormat.PLAIN);
    assertThat(read("json")).isEqualTo(LogFormat.JSON);
  }

  @Test
  void anotherWordIsAnError() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read("jsno"))
        .withMessageContaining("log.format: \"jsno\" is unknown; did you mean \"json\"?");
  }

  private LogFormat read(String format) throws Exception {
    return folder.load(ConfigFolder.FULL + "log: { format: " + format + " }\n").log();
  }
}
