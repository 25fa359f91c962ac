package dev.postern.deploy.peers;

import dev.postern.deploy.Main;
import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A configured Postern and its command line, each command a process of its own as an operator would
 * start it.
 */
record PosternSite(PeerFolder folder, Path configuration) {
  /** What the site adds to a refusal that a person can do something about. */
  static final String HELP = "Get one here: https://id.example.test/app-passwords";

  /**
   * Writes keys and a configuration.
   *
   * @param upstreams the {@code upstreams} and {@code routes} sections
   * @param store the lines of {@code store} that say where the database is
   */
  static PosternSite make(
      PeerFolder folder, PeerCertificates certificates, String upstreams, String store) {
    secret(folder, "secrets/pepper", "p1 " + key() + "\n");
    secret(folder, "secrets/sealing", "s1 " + key() + "\n");
    secret(folder, "secrets/master", DovecotServer.MASTER_PASSWORD + "\n");
    Path configuration =
        folder.write(
            "postern.yaml",
            """
            server: { name: localhost }
            listeners:
              - { protocol: imap,       bind: "127.0.0.1:0", tls: starttls }
              - { protocol: imap,       bind: "127.0.0.1:0", tls: implicit }
              - { protocol: imap,       bind: "127.0.0.1:0", tls: none }
              - { protocol: submission, bind: "127.0.0.1:0", tls: starttls }
              - { protocol: submission, bind: "127.0.0.1:0", tls: implicit }
              - { protocol: pop3,       bind: "127.0.0.1:0", tls: starttls }
              - { protocol: pop3,       bind: "127.0.0.1:0", tls: implicit }
              - { protocol: submission, bind: "127.0.0.1:0", tls: implicit, legacy-tls: true,
                  name: old.localhost, certificate: "%s", private-key: "%s" }
            tls: { certificate: "%s", private-key: "%s" }
            %s
            store:
            %s
              pepper: "${file:secrets/pepper}"
              sealing-key: "${file:secrets/sealing}"
            guard: { failure-delay: 200ms, per-credential: { logins-per-minute: never }, drain: { before-login: 0s, relays: 0s } }
            help: { text: "Get one here:", url: "https://id.example.test/app-passwords" }
            admin: { bind: "127.0.0.1:0" }
            metrics: { bind: "127.0.0.1:0" }
            """
                .formatted(
                    certificates.oldCertificate(),
                    certificates.oldPrivateKey(),
                    certificates.certificate(),
                    certificates.privateKey(),
                    upstreams.strip(),
                    store.stripTrailing()));
    return new PosternSite(folder, configuration);
  }

  /**
   * Upstreams {@code implicit} and {@code starttls}, {@code own} with users' own passwords, {@code
   * watched}, and {@code told} that is told of the client.
   */
  static String upstreams(
      PeerCertificates certificates, DovecotServer dovecot, PostfixServer postfix) {
    return """
    upstreams:
      implicit:
        imap: "imaps://localhost:%1$d"
        submission: "submissions://localhost:%2$d"
        pop3: "pop3s://localhost:%7$d"
        trust: "%5$s"
        login: { method: master-user, user: %6$s, password: "${file:secrets/master}" }
      starttls:
        imap: "imap+starttls://localhost:%3$d"
        submission: "submission+starttls://localhost:%4$d"
        pop3: "pop3+starttls://localhost:%8$d"
        trust: "%5$s"
        login: { method: master-user, user: %6$s, password: "${file:secrets/master}",
                 shared-with: [ implicit ] }
      own:
        imap: "imaps://localhost:%1$d"
        submission: "submissions://localhost:%2$d"
        pop3: "pop3s://localhost:%7$d"
        trust: "%5$s"
        login: { method: stored-password }
      watched:
        imap: "imaps://localhost:%1$d"
        submission: "submissions://localhost:%2$d"
        pop3: "pop3s://localhost:%7$d"
        trust: "%5$s"
        watch: always
        login: { method: master-user, user: %6$s, password: "${file:secrets/master}",
                 shared-with: [ implicit, starttls ] }
      told:
        imap: "imaps://localhost:%1$d"
        submission: "submissions://localhost:%9$d"
        pop3: "pop3s://localhost:%7$d"
        trust: "%5$s"
        identify: { imap-id: true, xclient: true }
        login: { method: master-user, user: %6$s, password: "${file:secrets/master}",
                 shared-with: [ implicit, starttls, watched ] }
    routes:
      - { match: "*", upstream: implicit }
    """
        .formatted(
            dovecot.imaps(),
            postfix.submissions(),
            dovecot.imap(),
            postfix.submission(),
            certificates.ca(),
            DovecotServer.MASTER_USER,
            dovecot.pop3s(),
            dovecot.pop3(),
            postfix.told());
  }

  /**
   * And {@code down}, where nothing listens, for everybody at {@code down.test}.
   *
   * @param upstreams as {@link #upstreams} makes them
   */
  static String andOneDown(String upstreams) {
    List<Integer> closed = FreePorts.take(3);
    String down =
        """
        upstreams:
          down:
            imap: "imaps://localhost:%d"
            submission: "submissions://localhost:%d"
            pop3: "pop3s://localhost:%d"
            login: { method: master-user, user: %s, password: "${file:secrets/master}",
                     shared-with: [ implicit, starttls, watched, told ] }
        """
            .formatted(closed.get(0), closed.get(1), closed.get(2), DovecotServer.MASTER_USER);
    return upstreams
        .replace("upstreams:\n", down)
        .replace("routes:\n", "routes:\n  - { match: \"*@down.test\", upstream: down }\n");
  }

  /**
   * And {@code beside} and {@code unwatched}, in clear, and {@code known}, which take our word.
   *
   * @param upstreams as {@link #upstreams} makes them
   */
  static String andTrusting(
      String upstreams, PeerCertificates certificates, PostfixServer postfix) {
    String trusting =
        """
        upstreams:
          beside:
            submission: "submission://127.0.0.1:%1$d"
            login: { method: trusted }
          unwatched:
            submission: "submission://127.0.0.1:%1$d"
            watch: never
            login: { method: trusted }
          known:
            submission: "submissions://localhost:%2$d"
            trust: "%3$s"
            watch: never
            client-certificate: "%4$s"
            client-key: "%5$s"
            login: { method: trusted }
        """
            .formatted(
                postfix.trusting(),
                postfix.strict(),
                certificates.ca(),
                certificates.clientCertificate(),
                certificates.clientKey());
    return upstreams.replace("upstreams:\n", trusting);
  }

  /** The whole command line of a command of ours. */
  List<String> command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
    if (!arguments[0].equals("serve")) {
      command.add("-XX:TieredStopAtLevel=1"); // it ends before the better compiler has paid off
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--config", configuration.toString(), "--json"));
    return command;
  }

  /** Runs a command; the first JSON object that it prints. */
  JsonNode run(String... arguments) {
    return runWith("", arguments);
  }

  /** Runs a command with something on its standard input; the first JSON object that it prints. */
  JsonNode runWith(String input, String... arguments) {
    String out =
        Program.run(command(arguments), input, Duration.ofMinutes(2), Map.of()).succeeded().out();
    return JsonMapper.shared().readTree(out.lines().findFirst().orElse("null"));
  }

  /** Adds a user and makes one app password. */
  Account account(String user, String... options) {
    List<String> add = new ArrayList<>(List.of("user", "add", user));
    add.addAll(List.of(options));
    run(add.toArray(String[]::new));
    JsonNode made = run("app-password", "create", user, "--label", "test");
    return new Account(user, made.get("password").asString(), made.get("id").asString());
  }

  /**
   * Makes one more app password.
   *
   * @param purpose {@code send} or {@code read}
   */
  Account another(String user, String purpose) {
    JsonNode made = run("app-password", "create", user, "--label", purpose, "--for", purpose);
    return new Account(user, made.get("password").asString(), made.get("id").asString());
  }

  /**
   * Adds users and makes one app password for each.
   *
   * @param label of these app passwords
   */
  List<Account> accounts(List<String> users, String label) {
    Path list = folder.write(label + ".txt", String.join("\n", users) + "\n");
    return Program.run(
            command(
                "app-password",
                "create",
                "--users-from",
                list.toString(),
                "--create-users",
                "--label",
                label),
            "",
            Duration.ofMinutes(2),
            Map.of())
        .succeeded()
        .out()
        .lines()
        .filter(line -> line.startsWith("{\"user\""))
        .map(JsonMapper.shared()::readTree)
        .map(made ->
            new Account(
                made.get("user").asString(),
                made.get("password").asString(),
                made.get("id").asString()))
        .toList();
  }

  /** Starts {@code postern serve}. */
  PosternServer serve() {
    return serve("postern");
  }

  /** Starts one of several nodes that share everything but their ports and logs. */
  PosternServer serve(String name) {
    return PosternServer.start(this, name);
  }

  /** Who can log in at Postern, and with what. */
  record Account(String user, String password, String id) {}

  private static String key() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static void secret(PeerFolder folder, String name, String text) {
    Path file = folder.write(name, text);
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
