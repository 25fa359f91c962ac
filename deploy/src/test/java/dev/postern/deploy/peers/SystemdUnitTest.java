package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit as it stands on an installed system, judged by systemd's own tools. */
@Tag("peers")
class SystemdUnitTest {
  private static final Path ASSETS = Path.of("src/main/assets");

  /** What systemd adds to every service by itself. */
  private static final List<String> IMPLIED =
      List.of("sysinit.target", "basic.target", "shutdown.target", "sockets.target");

  @TempDir Path root;

  @BeforeEach
  void install() throws IOException {
    Path units = Files.createDirectories(root.resolve("etc/systemd/system"));
    Path users = Files.createDirectories(root.resolve("etc/sysusers.d"));
    Path programs = Files.createDirectories(root.resolve("opt/postern/bin"));
    for (String target : IMPLIED) {
      Files.copy(Path.of("/lib/systemd/system", target), units.resolve(target));
    }
    Files.copy(ASSETS.resolve("postern.service"), units.resolve("postern.service"));
    Files.copy(ASSETS.resolve("postern.socket"), units.resolve("postern.socket"));
    Files.copy(ASSETS.resolve("postern.sysusers"), users.resolve("postern.conf"));
    Files.copy(Path.of("/bin/kill"), Files.createDirectories(root.resolve("bin")).resolve("kill"));
    Path launcher = Files.copy(Path.of("../postern"), programs.resolve("postern"));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void verifyHasNothingToSay() {
    Program.Result verdict =
        Program.run(
                "systemd-analyze", "verify", "--root=" + root, "postern.service", "postern.socket")
            .succeeded();

    assertThat(verdict.out() + verdict.err()).isEmpty();
  }

  @Test
  void exposesLittle() {
    // 0 is a unit that can do nothing, 100 one without any protection.
    Program.run(
            "systemd-analyze",
            "security",
            "--offline=yes",
            "--threshold=20",
            "--root=" + root,
            "postern.service")
        .succeeded();
  }

  @Test
  void hasItsUserMade() throws IOException {
    Program.run("systemd-sysusers", "--root=" + root).succeeded();

    assertThat(Files.readString(root.resolve("etc/passwd"))).contains("postern:x:");
  }
}
