package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Any bytes where the configuration should be: it is read, or it is said where what is wrong. */
class ConfigLoaderFuzzTest {
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static Path file = Path.of("");

  @BeforeAll
  static void makeFolder() throws IOException {
    Path folder = Files.createTempDirectory("postern-config");
    new ConfigFolder(folder);
    file = folder.resolve("postern.yaml");
  }

  @DictionaryFile(resourcePath = "/fuzz/config.dict")
  @FuzzTest
  void readsAnyFile(byte[] input) throws IOException {
    Files.write(file, input);
    long begun = System.nanoTime();
    try {
      Configuration read = new ConfigLoader(Map.of("NAME", "value")).load(file);
      assertThat(read.gateway().listeners()).isNotEmpty();
    } catch (ConfigException bad) {
      assertThat(bad.problems()).isNotEmpty();
      for (ConfigProblem problem : bad.problems()) {
        assertThat(problem.file()).isEqualTo(file);
        assertThat(problem.line()).isNotNegative();
        assertThat(problem.wrong()).isNotBlank();
        assertThat(problem.remedy()).isNotBlank();
        if (problem.line() == 0 && input.length > 0) {
          assertThat(problem.wrong()).contains("large");
        }
      }
    }
    if (System.nanoTime() - begun > LONGEST.toNanos()) {
      fail("took too long");
    }
  }

  @AfterAll
  static void removeFile() throws IOException {
    Files.deleteIfExists(file);
  }
}
