package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreConfig.GuardRules;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Secret;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.policy.PolicyHook;
import dev.postern.store.policy.PolicyHook.OnFailure;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The part of {@code guard} that is the store's. */
final class StoreGuardReaderTest {
  private final ConfigFolder folder;

  StoreGuardReaderTest(@TempDir Path temp) throws IOException {
    folder = new ConfigFolder(temp);
  }

  @Test
  void withoutAnyOfItTheDefaultsHold() throws Exception {
    assertThat(folder.load(ConfigFolder.FULL).store().guard()).isEqualTo(GuardRules.DEFAULTS);
  }

  @Test
  void readsEveryKey() throws Exception {
    GuardRules guard =
        folder
            .load(
                with(
                    """
                    throttle: { guesses-per-hour: 60, free: 3, first-delay: 2s, longest-delay: 20s, strangers-per-hour: 9 }
                    allow: [ "192.0.2.10", "2001:db8:1::/48" ]
                    deny: [ "198.51.100.0/24" ]
                    policy: { url: "https://policy.example.com/postern", timeout: 1500ms, on-failure: allow, token: "${file:secrets/policy-token}" }
                    """))
            .store()
            .guard();

    assertThat(guard.throttle())
        .isEqualTo(new ThrottleRules(60, 3, Duration.ofSeconds(2), Duration.ofSeconds(20), 9));
    assertThat(guard.allow())
        .containsExactly(Cidr.parse("192.0.2.10/32"), Cidr.parse("2001:db8:1::/48"));
    assertThat(guard.deny()).containsExactly(Cidr.parse("198.51.100.0/24"));
    PolicyHook policy = guard.policy().orElseThrow();
    assertThat(policy.url()).isEqualTo(URI.create("https://policy.example.com/postern"));
    assertThat(policy.timeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(policy.onFailure()).isEqualTo(OnFailure.ALLOW);
    assertThat(policy.token().map(StoreGuardReaderTest::text)).contains("a-token");
    assertThat(policy.toString()).doesNotContain("a-token");
  }

  @Test
  void aPolicyServiceNeedsOnlyItsPlaceAndWhatHappensWithoutIt() throws Exception {
    PolicyHook policy =
        folder
            .load(with("policy: { url: \"http://127.0.0.1:8000/\", on-failure: refuse }\n"))
            .store()
            .guard()
            .policy()
            .orElseThrow();
    assertThat(policy.timeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(policy.onFailure()).isEqualTo(OnFailure.REFUSE);
    assertThat(policy.token()).isEmpty();
  }

  @Test
  void warnsOfAServiceThatMayRefuseLaterThanAWrongPasswordIsRefused() throws Exception {
    String policy = "policy: { url: \"https://p.example.com/\", on-failure: allow%s }\n";
    assertThat(folder.load(with(policy.formatted(", timeout: 499ms"))).warnings()).isEmpty();
    assertThat(folder.load(with(policy.formatted(", timeout: 500ms"))).warnings())
        .singleElement()
        .asString()
        .endsWith(
            ":32: guard.policy.timeout: lets the service refuse a right password later than a wrong"
                + " one is refused; write less than guard.failure-delay, which is 500ms");
    String defaults = with(policy.formatted(""));
    assertThat(folder.load(defaults).warnings()).hasSize(1);
    assertThat(folder.load(defaults.replace("  failure-delay: 500ms\n", "")).warnings()).isEmpty();
  }

  @Test
  void warnsOfNetworksThatNobodyDeniesOnPurpose() throws Exception {
    assertThat(
            folder
                .load(with("deny: [ \"198.51.100.0/24\", \"127.0.0.0/16\", \"128.0.0.0/7\" ]\n"))
                .warnings())
        .hasSize(2)
        .first()
        .asString()
        .endsWith(
            ":32: guard.deny: a ban of 127.0.0.0/16 would cover this machine's loopback, 127.0.0.0/8;"
                + " write a narrower network, unless that is meant");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
throttle: { guesses-per-hour: 1 } | throttle.guesses-per-hour: 1 is out of range; write a whole number from 2 to 1000000
throttle: { free: 0 } | throttle.free: 0 is out of range; write a whole number from 1 to 1000000
throttle: { first-delay: 4 } | throttle.first-delay: "4" is not a duration; write a number and a unit: 500ms, 2s, 35m, 12h or 30d
throttle: { longest-delay: 1h } | throttle.longest-delay: "1h" is out of range; write 0s to 10m
throttle: { longest-delay: 50s } | throttle.longest-delay: is as long as a client has for its login, or longer; write less than before-login.deadline, which is 50s
throttle: { first-delay: 16s } | throttle.first-delay: makes the first delay (16s) longer than the longest; write a first-delay of at most 15s
throttle: { longest-delay: 3s } | throttle.longest-delay: makes the first delay (4s) longer than the longest; write a first-delay of at most 3s
throttle: { strangers-per-hour: no } | throttle.strangers-per-hour: "no" is not a whole number; write a whole number from 1 to 1000000
throttle: { fre: 4 } | throttle.fre: is an unknown key; did you mean "free"? Known here: guesses-per-hour, free, first-delay, longest-delay, strangers-per-hour
allow: [ "192.0.2.1/24" ] | allow: "192.0.2.1/24" is not a network, or has bits behind its prefix; write one such as "198.51.100.0/24"
deny: [ everybody ] | deny: "everybody" is not a network, or has bits behind its prefix; write one such as "198.51.100.0/24"
deny: "198.51.100.0/24" | deny: is a single value; write a list: [ a, b ]
policy: { on-failure: allow } | policy.url: is missing; write where to ask, such as https://…
policy: { url: "https://p.example.com/" } | policy.on-failure: is missing; write allow or refuse: what happens without an answer
policy: { url: "https://p.example.com/", on-failure: open } | policy.on-failure: "open" is unknown; known here: allow, refuse
policy: { url: "http://p.example.com/", on-failure: allow } | policy.url: "http://p.example.com/" is not where a policy service may be; write https://HOST/PATH, or http:// on this machine
policy: { url: "https://p example", on-failure: allow } | policy.url: "https://p example" is not a URL; write https://HOST/PATH, or http:// on this machine
policy: { url: "https://p.example.com/", on-failure: allow, timeout: 11s } | policy.timeout: "11s" is out of range; write 50ms to 10s
policy: { url: "https://p.example.com/", on-failure: allow, token: "schlüssel" } | policy.token: is nothing that a header can hold; write one line of visible ASCII
policy: { url: "https://p.example.com/", on-failure: allow, token: "${file:secrets/none}" } | policy.token: FOLDER/secrets/none does not exist; create it, or correct the path
""")
  void saysWhatIsWrongWhereAndWhatWouldBeRight(String line, String expected) throws IOException {
    assertThat(folder.problems(with(line + "\n")))
        .containsExactly(
            "32: guard." + expected.replace("FOLDER", folder.resolve("").toAbsolutePath() + ""));
  }

  private static String with(String lines) {
    return ConfigFolder.FULL.replace(
        "  database-grace: 5m\n", "  database-grace: 5m\n" + lines.indent(2));
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }
}
