package dev.postern.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the launcher with a shell, with Javas and a Maven that only say how they were called. */
final class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "postern").toAbsolutePath().normalize();
  private static final long LONGEST_SECONDS = 60;

  private final Path folder;
  private final Path jvms;

  LauncherTest(@TempDir Path folder) throws IOException {
    this.folder = folder.toRealPath();
    this.jvms = Files.createDirectory(this.folder.resolve("jvm"));
  }

  private record Run(int exitCode, String out, String err) {}

  @Test
  void takesJavaHomeFirst() throws Exception {
    Path tree = installed();
    java("jvm/other", "25");
    Path mine = java("mine", "25.0.1");

    Run run = run(tree.resolve("bin/postern"), Map.of("JAVA_HOME", mine.toString()), "check");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).startsWith("java of " + mine + " ").endsWith(" Main check\n");
    assertThat(run.out()).contains("-XX:-HeapDumpOnOutOfMemoryError", tree + "/lib/*");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void leavesNothingOfItsMemoryToOthers() throws Exception {
    Path tree = installed();
    Path mine = java("mine", "25.0.1");

    Run run = run(tree.resolve("bin/postern"), Map.of("JAVA_HOME", mine.toString()), "serve");

    assertThat(run.out())
        .contains("-XX:-HeapDumpOnOutOfMemoryError", "-XX:+DisableAttachMechanism")
        .doesNotContain("-XX:+HeapDumpOnOutOfMemoryError");
  }

  @Test
  void passesByAJavaHomeThatIsTooOld() throws Exception {
    Path tree = installed();
    Path old = java("old", "17.0.15");
    java("jvm/a-21", "21.0.2");
    Path right = java("jvm/b-26", "26");

    Run run = run(tree.resolve("bin/postern"), Map.of("JAVA_HOME", old.toString()), "check");

    assertThat(run.out()).startsWith("java of " + right + " ");
  }

  @Test
  void asksTheProgramWhenThereIsNoReleaseFile() throws Exception {
    Path tree = installed();
    Path java = java("jvm/bare", "25");
    Files.delete(java.resolve("release"));

    assertThat(run(tree.resolve("bin/postern"), Map.of(), "check").out())
        .startsWith("java of " + java + " ");
  }

  @Test
  void takesTheJavaOfThePathLast() throws Exception {
    Path tree = installed();
    Path java = java("elsewhere", "25");
    Path links = Files.createDirectory(folder.resolve("links"));
    Files.createSymbolicLink(links.resolve("java"), java.resolve("bin/java"));

    Run run = run(tree.resolve("bin/postern"), Map.of("PATH", links + ":/usr/bin:/bin"), "check");

    assertThat(run.out()).startsWith("java of " + java + " ");
  }

  @Test
  void saysInOneLineWhatToInstall() throws Exception {
    Path tree = installed();
    java("jvm/old", "17.0.15");

    Run run = run(tree.resolve("bin/postern"), Map.of("PATH", tools()), "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("postern: no JDK 25 or newer").hasLineCount(1);
  }

  @Test
  void worksThroughLinksFromAnyFolderWithAnyName() throws Exception {
    Path tree = installed();
    java("jvm/j", "25");
    Path spaced = Files.createDirectory(folder.resolve("a folder"));
    Path direct = Files.createSymbolicLink(spaced.resolve("postern"), tree.resolve("bin/postern"));
    Path relative =
        Files.createSymbolicLink(folder.resolve("second"), Path.of("a folder", "postern"));

    for (Path link : List.of(direct, relative)) {
      Run run = run(link, Map.of(), "app-password", "create", "two words", "$HOME", "*");
      assertThat(run.out()).contains(tree + "/lib/*");
      assertThat(run.out()).endsWith(" Main app-password create two words $HOME *\n");
    }
  }

  @Test
  void becomesTheJavaProcess() throws Exception {
    Path tree = installed();
    Path java = java("jvm/j", "25");
    script(java.resolve("bin/java"), "echo $$");

    Process process = start(tree.resolve("bin/postern"), Map.of(), "serve");

    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(process.pid() + "\n");
  }

  @Test
  void serversShareAnArchiveOfClassesNamedAfterTheJars() throws Exception {
    Path tree = installed();
    java("jvm/j", "25");
    Path cache = tree.resolve("cache");

    String first = run(tree.resolve("bin/postern"), Map.of(), "serve").out();
    String second = run(tree.resolve("bin/postern"), Map.of(), "demo").out();
    Files.writeString(tree.resolve("lib/deploy-1.jar"), "another version");
    Path stale = Files.createFile(cache.resolve("server-1-1.jsa"));
    String third = run(tree.resolve("bin/postern"), Map.of(), "serve").out();

    assertThat(archive(first)).startsWith(cache + "/server-").isEqualTo(archive(second));
    assertThat(archive(third)).startsWith(cache + "/server-").isNotEqualTo(archive(first));
    assertThat(stale).doesNotExist();
    assertThat(run(tree.resolve("bin/postern"), Map.of(), "check").out())
        .doesNotContain("SharedArchiveFile");
  }

  @ParameterizedTest
  @CsvSource({
    ", , , C.UTF-8",
    "C, , de_DE.UTF-8, C.UTF-8",
    "POSIX, , , C.UTF-8",
    ", C, en_GB.UTF-8, C.UTF-8",
    ", , en_GB.UTF-8, ''",
    "de_DE.UTF-8, C, C, de_DE.UTF-8"
  })
  void namesBeyondAsciiArriveInTheLocaleOfABareSystem(
      String all, String characters, String language, String expected) throws Exception {
    Path java = java("jvm/j", "25");
    script(java.resolve("bin/java"), "echo \"LC_ALL=$LC_ALL\"");
    Map<String, String> locale = new HashMap<>();
    Optional.ofNullable(all).ifPresent(value -> locale.put("LC_ALL", value));
    Optional.ofNullable(characters).ifPresent(value -> locale.put("LC_CTYPE", value));
    Optional.ofNullable(language).ifPresent(value -> locale.put("LANG", value));

    Run run = run(installed().resolve("bin/postern"), locale, "check");

    assertThat(run.out()).isEqualTo("LC_ALL=" + expected + "\n");
  }

  @Test
  void takesTheUnpackedLibraryOfSqliteIfThereIsOne() throws Exception {
    Path tree = installed();
    java("jvm/j", "25");
    assertThat(run(tree.resolve("bin/postern"), Map.of(), "check").out()).doesNotContain("sqlite");
    for (String machine : List.of("x86_64", "aarch64")) {
      Path unpacked = tree.resolve("native/org/sqlite/native/Linux").resolve(machine);
      Files.createDirectories(unpacked);
      Files.createFile(unpacked.resolve("libsqlitejdbc.so"));
    }

    Run run = run(tree.resolve("bin/postern"), Map.of("POSTERN_JAVA_OPTS", "-Dx=y"), "check");

    assertThat(run.out())
        .containsPattern(
            " -Dorg.sqlite.lib.path=" + tree + "/native/[^ ]*/(x86_64|aarch64) -Dx=y -cp ");
  }

  @Test
  void optionsOfTheOperatorComeLast() throws Exception {
    Path tree = installed();
    java("jvm/j", "25");

    Run run =
        run(tree.resolve("bin/postern"), Map.of("POSTERN_JAVA_OPTS", "-Xmx2g -Dx=y"), "serve");

    assertThat(run.out()).containsPattern("-Xmx[0-9]+m .* -Xmx2g -Dx=y -cp ");
  }

  @ParameterizedTest
  @CsvSource({
    "24600000, max, 512, 2048",
    "4000000, max, 512, 488",
    "1000000, max, 244, 128",
    "200000, max, 128, 128",
    "24600000, 1073741824, 256, 128",
    "1000000, 1073741824, 244, 128",
    ", , 256, 128"
  })
  void takesItsShareOfTheMachinesMemory(String kilobytes, String limit, int heap, int direct)
      throws Exception {
    Path tree = installed();
    java("jvm/j", "25");
    Path machine = folder.resolve("meminfo");
    Path group = folder.resolve("memory.max");
    if (kilobytes != null) {
      Files.writeString(machine, "MemTotal:       " + kilobytes + " kB\nMemFree: 1 kB\n");
      Files.writeString(group, limit + "\n");
    }

    Run run =
        run(
            tree.resolve("bin/postern"),
            Map.of("POSTERN_MEMINFO", machine.toString(), "POSTERN_MEMORY_MAX", group.toString()),
            "serve");

    assertThat(run.out())
        .contains(" -Xmx" + heap + "m ", " -XX:MaxDirectMemorySize=" + direct + "m ");
  }

  @Test
  void worksInAFolderWithASpace() throws Exception {
    Path tree = folder.resolve("a tree");
    Files.move(installed(), tree);
    Path java = java("jvm/j", "25");
    script(java.resolve("bin/java"), "for word; do echo \"<$word>\"; done");

    assertThat(run(tree.resolve("bin/postern"), Map.of(), "serve").out())
        .contains("<-XX:SharedArchiveFile=" + tree + "/cache/", "<" + tree + "/lib/*>");
  }

  @Test
  void refusesAnInstalledTreeWithoutJars() throws Exception {
    Path tree = installed();
    java("jvm/j", "25");
    Files.delete(tree.resolve("lib/deploy-1.jar"));

    Run run = run(tree.resolve("bin/postern"), Map.of(), "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("holds no Postern");
  }

  @Test
  void buildsACheckoutOnceAndAgainWhenASourceIsNewer() throws Exception {
    Path checkout = checkout();
    Path jdk = java("jvm/jdk", "25");
    Map<String, String> environment = Map.of("PATH", maven("exit 0") + ":" + tools());

    Run first = run(checkout.resolve("postern"), environment, "check");
    Run second = run(checkout.resolve("postern"), environment, "check");
    Files.setLastModifiedTime(
        checkout.resolve("store/src/main/Store.java"),
        FileTime.from(Instant.now().plus(Duration.ofHours(1))));
    Run third = run(checkout.resolve("postern"), environment, "check");

    assertThat(first.exitCode()).as(first.toString()).isZero();
    assertThat(first.err()).contains("postern: building with " + jdk, "maven with " + jdk);
    assertThat(first.out())
        .as("standard output belongs to the command")
        .startsWith("java of ")
        .hasLineCount(1);
    assertThat(second.err()).isEmpty();
    assertThat(third.err()).contains("postern: building");
  }

  @Test
  void aFailedBuildStartsNothingAndIsTriedAgain() throws Exception {
    Path checkout = checkout();
    java("jvm/jdk", "25");
    Map<String, String> broken = Map.of("PATH", maven("exit 1") + ":" + tools());

    Run run = run(checkout.resolve("postern"), broken, "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).endsWith("postern: the build failed; see above\n");
    Map<String, String> mended = Map.of("PATH", maven("exit 0") + ":" + tools());
    assertThat(run(checkout.resolve("postern"), mended, "check").exitCode()).isZero();
  }

  @Test
  void twoCommandsAtOnceBuildOnce() throws Exception {
    Path checkout = checkout();
    java("jvm/jdk", "25");
    Path count = folder.resolve("count");
    Map<String, String> environment =
        Map.of("PATH", maven("echo built >> '" + count + "'; sleep 1") + ":" + tools());

    Process one = start(checkout.resolve("postern"), environment, "check");
    Process two = start(checkout.resolve("postern"), environment, "check");

    assertThat(finished(one).exitCode()).isZero();
    assertThat(finished(two).exitCode()).isZero();
    assertThat(count).hasContent("built\n");
  }

  @Test
  void takesOverTheLockOfABuildThatWasKilled() throws Exception {
    Path checkout = checkout();
    java("jvm/jdk", "25");
    Path lock = Files.createDirectories(checkout.resolve("deploy/target/.building"));
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.writeString(lock.resolve("pid"), dead.pid() + "\n");

    Run run =
        run(checkout.resolve("postern"), Map.of("PATH", maven("exit 0") + ":" + tools()), "check");

    assertThat(run.exitCode()).as(run.toString()).isZero();
  }

  @Test
  void saysThatMavenIsMissing() throws Exception {
    Path checkout = checkout();
    java("jvm/jdk", "25");

    Run run = run(checkout.resolve("postern"), Map.of("PATH", tools()), "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("Maven is needed");
  }

  private static String archive(String out) {
    return out.replaceAll("(?s).*-XX:SharedArchiveFile=([^ ]*) .*", "$1");
  }

  private Path installed() throws IOException {
    Path tree = folder.resolve("installed");
    Files.createDirectories(tree.resolve("lib"));
    Files.createDirectories(tree.resolve("bin"));
    Files.createFile(tree.resolve("lib/deploy-1.jar"));
    Files.copy(LAUNCHER, tree.resolve("bin/postern"), StandardCopyOption.COPY_ATTRIBUTES);
    return tree;
  }

  private Path checkout() throws IOException {
    Path checkout = Files.createDirectory(folder.resolve("checkout"));
    Files.copy(LAUNCHER, checkout.resolve("postern"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.createFile(checkout.resolve("pom.xml"));
    for (String module : List.of("store", "gateway", "admin-api", "deploy")) {
      Files.createDirectories(checkout.resolve(module).resolve("src/main"));
      Files.createFile(checkout.resolve(module).resolve("pom.xml"));
    }
    Files.createFile(checkout.resolve("store/src/main/Store.java"));
    return checkout;
  }

  /** A Java home whose java says how it was called. */
  private Path java(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(
        home.resolve("bin/java"),
        """
        if [ "$1" = -version ]; then echo 'openjdk version "%s" 2026' >&2; exit; fi
        echo "java of %s $* " | sed 's/dev.postern.deploy.//; s/ $//'\
        """
            .formatted(version, home));
    script(home.resolve("bin/javac"), "exit 0");
    return home;
  }

  /** A folder with an mvn that leaves what a build leaves. */
  private Path maven(String then) throws IOException {
    Path bin = folder.resolve("maven");
    Files.createDirectories(bin);
    script(
        bin.resolve("mvn"),
        """
        echo "maven with $JAVA_HOME"
        mkdir -p deploy/target/postern/lib
        : > deploy/target/postern/lib/deploy-1.jar
        """
            + then);
    return bin;
  }

  /** A folder with the system's tools that the launcher uses, and neither a Java nor a Maven. */
  private String tools() throws IOException {
    Path bin = folder.resolve("tools");
    if (Files.notExists(bin)) {
      Files.createDirectory(bin);
      for (String tool :
          List.of(
              "sh",
              "cksum",
              "tr",
              "readlink",
              "dirname",
              "sed",
              "uname",
              "head",
              "ls",
              "find",
              "mkdir",
              "mv",
              "rm",
              "cat",
              "sleep")) {
        Files.createSymbolicLink(
            bin.resolve(tool),
            Stream.of("/usr/bin", "/bin")
                .map(place -> Path.of(place, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow());
      }
    }
    return bin.toString();
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process start(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Stream.concat(Stream.of(launcher.toString()), Stream.of(arguments)).toList());
    builder.directory(jvms.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", tools());
    builder.environment().put("POSTERN_JVM_FOLDER", jvms.toString());
    builder.environment().putAll(environment);
    return builder.start();
  }

  private Run run(Path launcher, Map<String, String> environment, String... arguments)
      throws Exception {
    return finished(start(launcher, environment, arguments));
  }

  private static Run finished(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), out, err);
  }
}
