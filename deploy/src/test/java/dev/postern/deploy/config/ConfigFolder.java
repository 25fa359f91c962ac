package dev.postern.deploy.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A folder with a configuration and the files it refers to. */
final class ConfigFolder {
  static final String KEY_LINE = "k1 " + Base64.getEncoder().encodeToString(new byte[32]) + "\n";

  /** Everything that may be written, in one file. */
  static final String FULL =
      """
      server:
        name: mail.example.com
      listeners:
        - { protocol: imap, bind: "[::]:993", tls: implicit }
        - { protocol: submission, bind: "0.0.0.0:587", tls: starttls, upstream: mailstore }
        - { protocol: imap, bind: "127.0.0.1:1143", tls: none }
      tls:
        certificate: tls/fullchain.pem
        private-key: tls/privkey.pem
        minimum: TLSv1.3
      upstreams:
        mailstore:
          imap: "imaps://imap.example.com"
          submission: "submission+starttls://smtp.example.com:2587"
          trust: tls/fullchain.pem
          login: { method: master-user, user: postern, password: "${file:secrets/master}" }
        local:
          imap: "imap://127.0.0.1:3143"
          login: { method: stored-password }
      routes:
        - { match: "*@example.com", upstream: mailstore }
      store:
        database: "sqlite:postern.db"
        pepper: "${file:secrets/pepper}"
        sealing-key: "${file:secrets/sealing-key}"
      app-passwords: { limit: 12, length: 23, form: keyed, expires-after: 365d, idle-expires-after: never }
      guard:
        failure-delay: 500ms
        before-login: { deadline: 50s, idle: 20s, errors: 3 }
        relay-idle: { imap: 30m, submission: 10m }
        database-grace: 5m
      admin: { bind: "127.0.0.1:8081" }
      metrics: { bind: "0.0.0.0:9587", allow-cleartext: true }
      audit: { sign-ins: 14d, changes: 90d, sessions: 7d }
      """;

  private final Path folder;

  ConfigFolder(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder.resolve("tls"));
    Files.createDirectories(folder.resolve("secrets"));
    Files.writeString(folder.resolve("tls/fullchain.pem"), "certificate\n");
    secret("tls/privkey.pem", "key\n");
    Files.writeString(folder.resolve("tls/ec-fullchain.pem"), "certificate\n");
    secret("tls/ec-privkey.pem", "key\n");
    secret("secrets/master", "correct horse\n");
    secret("secrets/pepper", KEY_LINE);
    secret("secrets/sealing-key", KEY_LINE);
    secret("secrets/integrity-key", KEY_LINE);
    secret("secrets/policy-token", "a-token\n");
    secret("secrets/webhook", "a-secret-of-both-of-us\n");
  }

  Path resolve(String name) {
    return folder.resolve(name);
  }

  void secret(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, content);
    permissions(name, "rw-------");
  }

  void permissions(String name, String permissions) throws IOException {
    Files.setPosixFilePermissions(
        folder.resolve(name), PosixFilePermissions.fromString(permissions));
  }

  Configuration load(String yaml) throws IOException, ConfigException {
    return load(yaml, Map.of());
  }

  Configuration load(String yaml, Map<String, String> environment)
      throws IOException, ConfigException {
    Path file = Files.writeString(folder.resolve("postern.yaml"), yaml);
    return new ConfigLoader(environment).load(file);
  }

  /** Problems as {@code LINE: KEY: wrong; remedy}, without the name of the file before it. */
  List<String> problems(String yaml) throws IOException {
    try {
      load(yaml);
      return List.of();
    } catch (ConfigException bad) {
      String prefix = folder.resolve("postern.yaml") + ":";
      return bad.problems().stream()
          .map(problem -> problem.toString().replaceFirst("^\\Q" + prefix + "\\E", ""))
          .toList();
    }
  }
}
