package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteSignInsTest extends SignInsContract {
  private final Path folder;

  SqliteSignInsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  /** Every file of the database is read byte by byte: what is not there cannot be found. */
  @Test
  void nothingThatWasTypedAsANameIsInTheFile() throws IOException {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    String secret = text(issued.secret());
    List<String> typed =
        List.of(
            secret,
            text(AppPasswordShape.grouped(issued.secret())),
            secret.toUpperCase(Locale.ROOT),
            "Correct-Horse-9",
            "P@ssw0rd-of-alice",
            "hunter2",
            "mallory@example.net",
            "0123456789abcdefghjk");
    for (String name : typed) {
      for (String password : List.of(secret, "not an app password", "alice@example.com")) {
        var _ =
            store
                .verifier()
                .verify(
                    new Attempt(
                        name,
                        Secret.ofText(password),
                        Scope.IMAP,
                        Protection.TLS_1_3,
                        "plain",
                        InetAddress.getLoopbackAddress(),
                        "test"))
                .toCompletableFuture()
                .join();
      }
    }
    store.close();

    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(bytes)
            .as(file.toString())
            .doesNotContain(typed)
            .doesNotContain("ssw0rd", "mallory", "hunter", "not an app password");
      }
    }
    assertThat(
            open().signIns().list(SignIns.Query.ALL, Optional.empty(), 100).stream()
                .mapToLong(SignIns.Entry::attempts)
                .sum())
        .isEqualTo(3L * typed.size());
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }
}
