package dev.postern.deploy.starter;

import dev.postern.store.KeyFile;
import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a configuration to start from, with keys and a development certificate. Secrets are
 * readable by their owner alone from the moment they exist. Existing files are never touched.
 */
public final class StarterFiles {
  private static final String DATABASE = "postern.db";
  private static final Duration VALIDITY = Duration.ofDays(365);
  private static final Duration CLIENT_VALIDITY = Duration.ofDays(730);
  private static final int MASTER_BYTES = 24;

  private final Path folder;
  private final SecureRandom random;
  private final List<Path> written = new ArrayList<>();

  public StarterFiles(Path folder, SecureRandom random) {
    this.folder = folder;
    this.random = random;
  }

  public Path configuration() {
    return folder.resolve("postern.yaml");
  }

  /** Files that are there already and would be in the way. */
  public List<Path> existing(UpstreamKind kind) {
    return Stream.concat(
            names(kind).stream(), Stream.of(DATABASE, DATABASE + "-wal", DATABASE + "-shm"))
        .map(folder::resolve)
        .filter(Files::exists)
        .toList();
  }

  /** Writes all files and returns them; the database is not among them. */
  public List<Path> write(UpstreamKind kind, Instant now) throws IOException {
    Files.createDirectories(folder);
    folder("secrets", "rwx------");
    folder("tls", "rwxr-xr-x");
    key("secrets/pepper");
    key("secrets/sealing-key");
    key("secrets/integrity-key");
    switch (kind) {
      case DOVECOT -> masterPassword();
      case GENERIC -> {}
      case OFFICE365 -> {
        ClientCertificate client = ClientCertificate.make(now, CLIENT_VALIDITY, random);
        file("tls/client.pem", client.certificate(), "rw-r--r--");
        file("secrets/client-key", client.privateKey(), "rw-------");
      }
      case GOOGLE -> file("secrets/client-secret", Placeholders.CLIENT_SECRET + "\n", "rw-------");
    }
    DevelopmentCertificate certificate =
        DevelopmentCertificate.make("mail.example.com", now, VALIDITY, random);
    file("tls/fullchain.pem", certificate.chain(), "rw-r--r--");
    file("tls/privkey.pem", certificate.privateKey(), "rw-------");
    file("tls/ca.pem", certificate.authority(), "rw-r--r--");
    file("postern.yaml", template("head") + template(kind.word()) + template("tail"), "rw-r--r--");
    return List.copyOf(written);
  }

  private static List<String> names(UpstreamKind kind) {
    List<String> names =
        new ArrayList<>(
            List.of(
                "postern.yaml",
                "secrets/pepper",
                "secrets/sealing-key",
                "secrets/integrity-key",
                "tls/fullchain.pem",
                "tls/privkey.pem",
                "tls/ca.pem"));
    names.addAll(
        switch (kind) {
          case DOVECOT -> List.of("secrets/master");
          case GENERIC -> List.of();
          case OFFICE365 -> List.of("tls/client.pem", "secrets/client-key");
          case GOOGLE -> List.of("secrets/client-secret");
        });
    return names;
  }

  /** A line with a fresh key, as a server's key file holds it. */
  private void key(String name) throws IOException {
    try (Secret line = KeyFile.freshLine(random)) {
      bytes(name, line, "rw-------");
    }
  }

  /** Made by us: nobody has to think of one, and nobody thinks of a weak one. */
  private void masterPassword() throws IOException {
    byte[] password = new byte[MASTER_BYTES];
    random.nextBytes(password);
    try (Secret line =
        Secret.ofText(Base64.getUrlEncoder().withoutPadding().encodeToString(password) + "\n")) {
      bytes("secrets/master", line, "rw-------");
    }
  }

  private void folder(String name, String permissions) throws IOException {
    Path path = folder.resolve(name);
    if (!Files.isDirectory(path)) {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    }
  }

  private void file(String name, String content, String permissions) throws IOException {
    try (Secret bytes = Secret.ofText(content)) {
      bytes(name, bytes, permissions);
    }
  }

  private void bytes(String name, Secret content, String permissions) throws IOException {
    Path path = folder.resolve(name);
    var attribute =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    try (var channel =
        Files.newByteChannel(
            path,
            java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            attribute)) {
      byte[] copy = content.expose(byte[]::clone);
      channel.write(java.nio.ByteBuffer.wrap(copy));
      java.util.Arrays.fill(copy, (byte) 0);
    }
    written.add(path);
  }

  private static String template(String name) throws IOException {
    try (InputStream in = StarterFiles.class.getResourceAsStream(name + ".yaml")) {
      if (in == null) {
        throw new IllegalStateException("the template " + name + " is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
