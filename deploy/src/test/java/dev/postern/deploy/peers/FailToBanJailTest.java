package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of a jail that is shipped. */
@Tag("peers")
class FailToBanJailTest {
  private static final Path SHIPPED = Path.of("src", "main", "assets", "fail2ban");

  @TempDir Path root;

  /** The example asks for nothing that fail2ban does not know. */
  @Test
  void takesTheShippedJail() throws IOException {
    Files.createDirectories(root.resolve("filter.d"));
    Files.createDirectories(root.resolve("jail.d"));
    for (String name : List.of("filter.d", "jail.d")) {
      Files.copy(
          SHIPPED.resolve(name).resolve("postern.conf"),
          root.resolve(name).resolve("postern.conf"));
    }
    for (String name :
        List.of(
            "fail2ban.conf", "jail.conf", "action.d", "paths-debian.conf", "paths-common.conf")) {
      Files.createSymbolicLink(root.resolve(name), Path.of("/etc/fail2ban", name));
    }

    Program.Result dump = Program.run("fail2ban-client", "-c", root.toString(), "-d");

    assertThat(dump.succeeded().out())
        .contains("'add', 'postern', 'systemd'")
        .contains("'addjournalmatch', '_SYSTEMD_UNIT=postern.service'")
        .contains("'maxretry', 300");
  }
}
