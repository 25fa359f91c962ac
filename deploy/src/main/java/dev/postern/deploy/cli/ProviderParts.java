package dev.postern.deploy.cli;

import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.ProviderCheck;
import dev.postern.store.oauth.ProviderCheck.Finding;
import dev.postern.store.oauth.TokenTrouble;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.node.ObjectNode;

/** Whether providers of access tokens take our registrations; needs no database. */
final class ProviderParts {
  private static final int AT_ONCE = 8;
  private static final Duration SOON = Duration.ofDays(30);

  private final CheckedParts parts;
  private final Clock clock;

  ProviderParts(CheckedParts parts, Clock clock) {
    this.parts = parts;
    this.clock = clock;
  }

  private record Asked(OAuthClient client, CompletableFuture<Finding> finding) {}

  /**
   * Asks each, some at once, and says what came of it by name; whether all are good.
   *
   * @param mailboxes one at each upstream, as far as one is known
   */
  boolean check(List<OAuthClient> clients, Map<String, String> mailboxes) {
    boolean isWell = true;
    try (ProviderCheck providers = new ProviderCheck(clock);
        ExecutorService turns =
            Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
      List<Asked> asked =
          clients.stream()
              .sorted(Comparator.comparing(OAuthClient::upstream))
              .map(client ->
                  new Asked(
                      client,
                      CompletableFuture.supplyAsync(
                          () ->
                              providers.ask(
                                  client, Optional.ofNullable(mailboxes.get(client.upstream()))),
                          turns)))
              .toList();
      for (Asked one : asked) {
        isWell &= say(one.client(), one.finding().join());
      }
    }
    return isWell;
  }

  private boolean say(OAuthClient client, Finding finding) {
    String name = "provider " + client.upstream();
    ObjectNode about = Output.object().put("upstream", client.upstream());
    Instant now = clock.instant();
    Optional<Instant> end = client.credential().endsAt();
    return switch (finding) {
      case Finding.Bad(TokenTrouble trouble) ->
          parts.down(
              about,
              name,
              trouble.kind().word(),
              trouble.detail(),
              OAuthAdvice.remedy(client, trouble, now));
      case Finding.Token _, Finding.Answers _ when end.filter(now::isAfter).isPresent() ->
          parts.down(
              about,
              name,
              "ended",
              "the credential of login ended on " + end.map(ProviderParts::day).orElse(""),
              OAuthAdvice.another(client.credential())
                  + (client.credential() instanceof ClientCredential.SharedSecret
                      ? ", or correct login.client-secret-expires"
                      : ""));
      case Finding.Token() -> parts.good(about, name, note("a token was had", end, now));
      case Finding.Answers() ->
          parts.good(about, name, note("it answers; " + stillToSee(client), end, now));
    };
  }

  private static String stillToSee(OAuthClient client) {
    return switch (client.flow()) {
      case OAuthFlow.ServiceAccount _ -> "a token takes --mailboxes";
      case OAuthFlow.Consent _ -> "a token takes a user's consent";
      case OAuthFlow.ClientCredentials() -> "no token was asked for";
    };
  }

  private static String note(String what, Optional<Instant> end, Instant now) {
    return what
        + end.filter(now.plus(SOON)::isAfter)
            .map(
                soon -> "; but the credential of login ends on " + day(soon) + ": make another one")
            .orElse("");
  }

  private static String day(Instant moment) {
    return moment.toString().substring(0, 10);
  }
}
