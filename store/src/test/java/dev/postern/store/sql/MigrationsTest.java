package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MigrationsTest {

  /** A database that lacks the newest file must not count as up to date. */
  @Test
  void knowsTheNewestFile() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration"))) {
      assertThat(
              files.mapToInt(file ->
                  Integer.parseInt(
                      String.valueOf(file.getFileName()).replaceAll("V([0-9]+)__.*", "$1"))))
          .contains(Migrations.CURRENT)
          .allMatch(version -> version <= Migrations.CURRENT);
    }
  }
}
