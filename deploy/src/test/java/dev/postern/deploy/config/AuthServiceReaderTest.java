package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.AdminConfig.Bind;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where other programs have logins verified. */
class AuthServiceReaderTest {
  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
  }

  @Test
  void withoutTheSectionThereIsNoSuchListener() throws Exception {
    assertThat(folder.load(ConfigFolder.FULL).admin().authService()).isEmpty();
  }

  @Test
  void readsWhereItIsAndHowManyRefusalsATokenMayHave() throws Exception {
    Configuration read = folder.load(yaml("bind: \"127.0.0.1:9143\""));

    assertThat(read.admin().authService()).contains(new Bind("127.0.0.1", 9143));
    assertThat(read.authFailuresPerMinute()).isEqualTo(600);
    assertThat(
            folder
                .load(yaml("bind: \"[::1]:9143\", failures-per-minute: 20"))
                .authFailuresPerMinute())
        .isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bind: \"0.0.0.0:9143\"|auth-service.bind",
        "bind: \"127.0.0.1:1143\"|is the address of a mail listener",
        "bind: \"127.0.0.1:8081\"|is the address of the admin or metrics listener",
        "bind: \"127.0.0.1:9587\"|is the address of the admin or metrics listener",
        "bind: \"127.0.0.1:9143\", failures-per-minute: 0|auth-service.failures-per-minute",
        "failures-per-minute: 20|there is no listener for other programs",
        "bind: \"127.0.0.1:9143\", port: 1|auth-service.port"
      })
  void saysWhatIsWrong(String text, String problem) throws Exception {
    assertThat(folder.problems(yaml(text)).toString()).contains(problem);
  }

  private static String yaml(String section) {
    return ConfigFolder.FULL + "auth-service: { " + section + " }\n";
  }
}
