package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern import}, from files as the four systems write them to a login. */
final class ImportCommandTest {
  private static final String OPEN = "Sesame, open";
  private static final String SHA512 =
      "{SHA512-CRYPT}$6$Y2DmqWbwmwI6h17L$pM65BI2LxPO784E/ZnIq/NZEpQeSpm7jZRVWEApw9eDuoIZ7r1BG8tW1Re8t8t9y8zHcKkyuXaRoE0LP.CHZn.";
  private static final String BCRYPT =
      "{BLF-CRYPT}$2y$05$aTLnXzHZ5lz8gSKKS7Kzq.ZKieymF8uyBkECs4byvKnYUByyhhLpG";
  private static final String SSHA256 = "{SSHA256}Az2zuHbxBAvyqutw1Zuu1K79Nxt+22RgeDOWbxx4GXqpkw6n";

  private final Path folder;

  ImportCommandTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
  }

  @Test
  void bringsAPasswdFileOver() throws IOException {
    write(
        "users",
        "# people",
        "alice@example.com:" + SHA512 + ":1000:1000::/home/alice::allow_nets=192.0.2.0/24",
        "bob@example.com:" + BCRYPT,
        "",
        "carol@example.com:{CRAM-MD5}abcdef",
        "dave@example.com:" + BCRYPT + ":::::: nologin",
        "eve@example.com:" + BCRYPT + "::::::allow_nets=here",
        "no colon",
        "frank@example.com:{ARGON2ID}$argon2id$v=19$m=67108864,t=3,p=1$ZpTiqEl8J7fxx2ullvAabA$YHWfpUr8Flgld+GLYAFGI6ixnShz1HLAYuuIHIdMrqw",
        "two words:" + BCRYPT);
    List<JsonNode> lines = imported("dovecot", "users");
    assertThat(lines.getLast().toString())
        .isEqualTo("{\"added\":2,\"replaced\":0,\"unchanged\":0,\"refused\":6,\"dryRun\":false}");
    assertThat(problems(lines))
        .containsExactlyInAnyOrder(
            "5 carol@example.com made for challenge and response; set a new password",
            "6 dave@example.com may not log in there (nologin)",
            "7 eve@example.com has an allow_nets that is no list of networks",
            "8  is no line of a passwd-file: user, a colon, the hash",
            "9 frank@example.com asks for too much memory or time",
            "10 two words cannot be the name of a user");
    assertThat(reason("alice@example.com", OPEN, "192.0.2.7")).isEmpty();
    assertThat(reason("alice@example.com", OPEN, "198.51.100.7")).isEqualTo("out-of-network");
    assertThat(reason("bob@example.com", OPEN, "127.0.0.1")).isEmpty();
    assertThat(reason("bob@example.com", "Sesame, shut", "127.0.0.1")).isEqualTo("wrong-shape");
  }

  @Test
  void bringsTheTablesOfMailcowOver() throws IOException {
    write(
        "app_passwd.csv",
        "id,name,mailbox,domain,password,created,imap_access,smtp_access,pop3_access,active",
        "7,\"Phone, old\",alice@example.com,example.com," + BCRYPT + ",2024-01-01,1,0,0,1",
        "8,Tablet,alice@example.com,example.com," + BCRYPT + ",2024-01-01,0,0,0,1",
        "9,Gone,alice@example.com,example.com," + BCRYPT + ",2024-01-01,1,1,1,0",
        "10,\"open");
    List<JsonNode> lines = imported("mailcow", "app_passwd.csv");
    assertThat(problems(lines))
        .containsExactlyInAnyOrder(
            "3 alice@example.com is for nothing that Postern carries",
            "4 alice@example.com is not active there",
            "5  is no line of comma-separated values");
    JsonNode listed =
        CommandRun.good(folder, "app-password", "list", "alice@example.com", "--json").json();
    assertThat(listed.path("label").asString()).isEqualTo("Phone, old");
    assertThat(listed.path("scopes").valueStream().map(JsonNode::asString)).containsExactly("imap");
    assertThat(reason("alice@example.com", OPEN, "127.0.0.1")).isEmpty();

    write("mailbox.csv", "username,password,active", "bob@example.com," + SSHA256 + ",1");
    assertThat(imported("mailcow", "mailbox.csv").getLast().path("added").asInt()).isEqualTo(1);
    assertThat(reason("bob@example.com", OPEN, "127.0.0.1")).isEmpty();
  }

  @Test
  void bringsTokensOfMailuOver() throws IOException {
    write(
        "token.csv",
        "id,user_email,password,comment,ip",
        "1,alice@example.com,$pbkdf2-sha256$1$c2FsdHNhbHRzYWx0c2FsdA$Y.Y4UibYPce.IhX99RpeYCfSS3n0iFH5a8/0L0uOTjI,laptop,127.0.0.0/8",
        "2,alice@example.com,$pbkdf2-sha256$1$c2FsdHNhbHRzYWx0c2FsdA$Y.Y4,laptop,",
        "3,alice@example.com,$pbkdf2-sha256$1$x$y,laptop,nowhere",
        "too,few");
    List<JsonNode> lines = imported("mailu", "token.csv");
    assertThat(lines.getLast().path("added").asInt()).isEqualTo(1);
    assertThat(lines.getLast().path("refused").asInt()).isEqualTo(3);
    assertThat(reason("alice@example.com", "0123456789abcdef0123456789abcdef", "127.0.0.1"))
        .isEmpty();
  }

  @Test
  void bringsUsersOfMailuOverForWhatTheyMayUseThere() throws IOException {
    write(
        "user.csv",
        "email,password,quota_bytes,enabled,enable_imap,enable_pop",
        "alice@example.com," + BCRYPT + ",0,1,1,1",
        "bob@example.com," + BCRYPT + ",0,1,0,1",
        "carol@example.com," + BCRYPT + ",0,t,t,f",
        "dave@example.com," + BCRYPT + ",0,1,0,0",
        "eve@example.com," + BCRYPT + ",0,0,1,1",
        "frank@example.com," + BCRYPT + ",0,f,t,t",
        "grace@example.com," + BCRYPT + ",0,,NULL,");
    List<JsonNode> lines = imported("mailu", "user.csv");
    assertThat(lines.getLast().toString())
        .isEqualTo("{\"added\":5,\"replaced\":0,\"unchanged\":0,\"refused\":2,\"dryRun\":false}");
    assertThat(problems(lines))
        .containsExactlyInAnyOrder(
            "6 eve@example.com is not enabled there", "7 frank@example.com is not enabled there");
    assertThat(scopes("alice@example.com")).containsExactlyInAnyOrder("imap", "pop3", "submission");
    assertThat(scopes("bob@example.com")).containsExactlyInAnyOrder("pop3", "submission");
    assertThat(scopes("carol@example.com")).containsExactlyInAnyOrder("imap", "submission");
    assertThat(scopes("dave@example.com")).containsExactly("submission");
    assertThat(scopes("grace@example.com")).containsExactlyInAnyOrder("imap", "pop3", "submission");
    assertThat(reason("alice@example.com", OPEN, "127.0.0.1")).isEmpty();
    assertThat(reason("bob@example.com", OPEN, "127.0.0.1")).isEqualTo("out-of-scope");
  }

  @Test
  void listsUsersOfMailuThatItCannotReadAndLosesNoOther() throws IOException {
    write(
        "user.csv",
        "email,password,enabled,enable_imap,enable_pop",
        "alice@example.com," + BCRYPT + ",1,1,1",
        "bob@example.com," + BCRYPT + ",1",
        "\"carol@example.com," + BCRYPT + ",1,1,1",
        "," + BCRYPT + ",1,1,1",
        "dave@example.com,,1,1,1",
        "eve@example.com,$6$short,1,1,1",
        "",
        "frank@example.com," + BCRYPT + ",1,1,1");
    List<JsonNode> lines = imported("mailu", "user.csv");
    assertThat(lines.getLast().path("added").asInt()).isEqualTo(2);
    assertThat(problems(lines))
        .containsExactlyInAnyOrder(
            "3  has 3 values for 5 columns",
            "4  is no line of comma-separated values",
            "5  lacks user_email or email",
            "6 dave@example.com no hash",
            "7 eve@example.com malformed");
    assertThat(reason("alice@example.com", OPEN, "127.0.0.1")).isEmpty();
    assertThat(reason("frank@example.com", OPEN, "127.0.0.1")).isEmpty();
  }

  /** An export of the two columns that matter. */
  @Test
  void takesUsersOfMailuForEverythingIfNothingElseIsSaid() throws IOException {
    write("user.csv", "email,password", "alice@example.com," + BCRYPT);
    assertThat(imported("mailu", "user.csv").getLast().path("added").asInt()).isEqualTo(1);
    assertThat(scopes("alice@example.com")).containsExactlyInAnyOrder("imap", "pop3", "submission");
  }

  @Test
  void bringsUsersAndApplicationPasswordsOfWildDuckOver() throws IOException {
    String hash =
        "$pbkdf2-sha512$i=25000,l=64$c2FsdHNhbHRzYWx0c2FsdA$KAY6B/y025WtByzzpoC3Fqp4vHDXw+8EuuHvvZ8aKMajJxIY6Cmf7FxHlQBo/qhBmoAfJ/IFR8q9V437kdPxhA";
    write(
        "users.json",
        "{\"_id\":{\"$oid\":\"u1\"},\"username\":\"alice\",\"address\":\"alice@example.com\",\"password\":\""
            + hash
            + "\",\"enabled2fa\":[\"totp\"]}",
        "{\"_id\":{\"$oid\":\"u2\"},\"username\":\"bob\",\"address\":\"bob@example.com\",\"password\":\""
            + hash
            + "\",\"enabled2fa\":[]}",
        "{\"_id\":{\"$oid\":\"u3\"},\"address\":\"carol@example.com\",\"disabled\":true}");
    write(
        "asps.json",
        "{\"_id\":{\"$oid\":\"a1\"},\"user\":{\"$oid\":\"u1\"},\"description\":\"phone\",\"scopes\":[\"*\"],\"password\":\""
            + hash
            + "\",\"expires\":{\"$date\":\"2099-01-01T00:00:00Z\"}}",
        "{\"_id\":{\"$oid\":\"a2\"},\"user\":{\"$oid\":\"u1\"},\"scopes\":[\"smtp\",\"caldav\"],\"password\":\""
            + SSHA256
            + "\",\"ttl\":3600}",
        "{\"_id\":{\"$oid\":\"a3\"},\"user\":{\"$oid\":\"u3\"},\"password\":\"" + hash + "\"}",
        "{\"_id\":{\"$oid\":\"a4\"},\"user\":{\"$oid\":\"u9\"},\"password\":\"" + hash + "\"}",
        "{\"_id\":{\"$oid\":\"a5\"},\"user\":{\"$oid\":\"u1\"},\"expires\":{\"$date\":\"soon\"}}",
        "[1,2",
        "{}");
    List<JsonNode> lines = imported("wildduck", "users.json", "asps.json");
    assertThat(lines.getLast().path("added").asInt()).isEqualTo(3);
    assertThat(problems(lines))
        .containsExactlyInAnyOrder(
            "1 alice@example.com has a second factor there, so the password itself is not for mail",
            "3 carol@example.com is disabled there",
            "3  belongs to a user who is disabled there",
            "4  belongs to a user who has not been read: name the export of users first",
            "5 alice@example.com has a time that makes no sense",
            "6  is no JSON object",
            "7  is no document of users or asps");
    assertThat(reason("alice@example.com", "qwertzuiopasdfgh", "127.0.0.1")).isEmpty();
    assertThat(reason("bob@example.com", "qwertzuiopasdfgh", "127.0.0.1")).isEmpty();
  }

  @Test
  void listsTimesThatNobodyCanMeanAndReadsThoseOfBothFormsOfExport() throws IOException {
    String asp =
        "{\"_id\":{\"$oid\":\"%s\"},\"user\":{\"$oid\":\"u1\"},\"password\":\""
            + SSHA256
            + "\",%s}";
    write("users.json", "{\"_id\":{\"$oid\":\"u1\"},\"address\":\"alice@example.com\"}");
    List<String> wrong =
        List.of(
            "\"ttl\":9223372036854775807",
            "\"ttl\":9223372036854775808",
            "\"ttl\":1e999999999",
            "\"ttl\":{\"$numberLong\":\"9223372036854775808\"}",
            "\"ttl\":{\"$numberDouble\":\"Infinity\"}",
            "\"ttl\":\"1h\"",
            "\"ttl\":true",
            "\"ttl\":{}",
            "\"expires\":{\"$date\":{\"$numberLong\":\"9223372036854775807\"}}",
            "\"expires\":{\"$date\":\"-900000000-01-01T00:00:00Z\"}",
            "\"expires\":{\"$date\":{}}",
            "\"expires\":\"tomorrow\"");
    List<String> right =
        List.of(
            "\"ttl\":{\"$numberLong\":\"7200\"}",
            "\"ttl\":{\"$numberInt\":\"10800\"}",
            "\"ttl\":{\"$numberDouble\":\"14400.0\"}",
            "\"ttl\":18000.0",
            "\"ttl\":0,\"expires\":null",
            "\"ttl\":null,\"expires\":\"2099-01-01T00:00:00Z\"");
    List<String> all = Stream.concat(wrong.stream(), right.stream()).toList();
    write(
        "asps.json",
        IntStream.range(0, all.size())
            .mapToObj(i -> asp.formatted("a" + i, all.get(i)))
            .toArray(String[]::new));
    List<JsonNode> lines = imported("wildduck", "users.json", "asps.json");
    assertThat(problems(lines))
        .filteredOn(line -> line.contains("makes no sense"))
        .hasSize(wrong.size());
    assertThat(lines.getLast().path("added").asInt()).isEqualTo(right.size());
    assertThat(
            CommandRun.good(folder, "app-password", "list", "alice@example.com", "--json")
                .out()
                .lines())
        .satisfiesOnlyOnce(line -> assertThat(line).contains("\"idleExpiresAfter\":\"2h\""))
        .satisfiesOnlyOnce(line -> assertThat(line).contains("\"idleExpiresAfter\":\"3h\""))
        .satisfiesOnlyOnce(line -> assertThat(line).contains("\"idleExpiresAfter\":\"4h\""))
        .satisfiesOnlyOnce(line -> assertThat(line).contains("\"idleExpiresAfter\":\"5h\""))
        .satisfiesOnlyOnce(line -> assertThat(line).contains("2099-01-01T00:00:00Z"));
  }

  @Test
  void importsAgainOnlyWhatHasChanged() throws IOException {
    write("users", "alice@example.com:" + BCRYPT, "bob@example.com:" + BCRYPT);
    assertThat(summary("--dry-run")).isEqualTo("2 0 0 0 true");
    assertThat(CommandRun.good(folder, "user", "list", "--json").out()).isEmpty();
    assertThat(summary()).isEqualTo("2 0 0 0 false");
    assertThat(summary()).isEqualTo("0 0 2 0 false");
    write("users", "alice@example.com:" + SHA512, "bob@example.com:" + BCRYPT);
    assertThat(summary()).isEqualTo("0 1 1 0 false");
    assertThat(reason("alice@example.com", OPEN, "127.0.0.1")).isEmpty();
    write(
        "users",
        "alice@example.com:" + SHA512,
        "alice@example.com:" + BCRYPT,
        "carol@example.com:" + BCRYPT,
        "carol@example.com:" + SSHA256);
    assertThat(summary()).isEqualTo("1 0 1 2 false");
  }

  @Test
  void keepsHashesSealed() throws IOException {
    write("users", "alice@example.com:" + SSHA256);
    assertThat(summary()).isEqualTo("1 0 0 0 false");
    for (String file : List.of("postern.db", "postern.db-wal")) {
      Path path = folder.resolve(file);
      if (Files.exists(path)) {
        assertThat(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1))
            .doesNotContain("Az2zuHbx");
      }
    }
  }

  @Test
  void takesManyLinesInBatchesAndListsEachThatIsLongOrTwiceThereOrNoUtf8() throws IOException {
    String many =
        IntStream.range(0, 1200)
            .mapToObj(i -> "user" + i + "@example.com:" + SSHA256 + "\n")
            .collect(Collectors.joining());
    Files.write(
        folder.resolve("users"),
        (many
                + "user0@example.com:"
                + BCRYPT
                + "\n"
                + "x".repeat(70_000)
                + "\nm\u00fcller:"
                + SSHA256)
            .getBytes(StandardCharsets.ISO_8859_1));
    List<JsonNode> lines = imported("dovecot", "users");
    assertThat(lines.getLast().path("added").asInt()).isEqualTo(1200);
    assertThat(problems(lines))
        .containsExactlyInAnyOrder(
            "1201 user0@example.com stands here for the second time",
            "1202  is longer than 65536 characters",
            "1203  is not UTF-8");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThat(CommandRun.of(folder, "import", "--from", "exchange", "x").exitCode()).isEqualTo(2);
    CommandRun missing = CommandRun.of(folder, "import", "--from", "mailu", "nothing.csv");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("nothing.csv does not exist");
  }

  private void write(String name, String... lines) throws IOException {
    Files.write(folder.resolve(name), List.of(lines));
  }

  private List<JsonNode> imported(String source, String... files) {
    List<String> arguments = new ArrayList<>(List.of("import", "--json", "--from", source));
    arguments.addAll(List.of(files));
    return CommandRun.good(folder, arguments.toArray(String[]::new)).jsonLines();
  }

  private String summary(String... options) {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("users");
    JsonNode summary = imported("dovecot", arguments.toArray(String[]::new)).getLast();
    return List.of("added", "replaced", "unchanged", "refused", "dryRun").stream()
        .map(key -> summary.path(key).asString())
        .collect(Collectors.joining(" "));
  }

  private static Set<String> problems(List<JsonNode> lines) {
    return lines.subList(0, lines.size() - 1).stream()
        .map(line ->
            line.path("line").asInt()
                + " "
                + line.path("user").asString()
                + " "
                + line.path("problem").asString())
        .collect(Collectors.toSet());
  }

  private List<String> scopes(String user) {
    return CommandRun.good(folder, "app-password", "list", user, "--json")
        .json()
        .path("scopes")
        .valueStream()
        .map(JsonNode::asString)
        .toList();
  }

  private String reason(String user, String secret, String network) {
    JsonNode verdict =
        CommandRun.withInput(
                folder,
                secret + "\n",
                "verify",
                user,
                "--protocol",
                "imap",
                "--network",
                network,
                "--json")
            .json();
    return verdict.path("reason").asString("");
  }
}
