package dev.postern.store.oauth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenSource.Freshness;
import dev.postern.store.testing.FreeLeases;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestClock;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When tokens are asked for, and when not; time stands until a test moves it. */
class AccessTokensTest {
  private final AtomicLong nanos = new AtomicLong();
  private final ScriptedProvider provider = new ScriptedProvider();
  private final OAuthClient client = OAuthClients.site(provider.tokenEndpoint());
  private final TokenAccount account = client.account("1", "alice@example.com");
  private final OAuth oauth =
      new OAuth(new FreeLeases(), TestClock.standing(), nanos::get, new Random(1));
  private final AccessTokens tokens = oauth.tokens();

  @AfterEach
  void stop() {
    oauth.close();
    provider.close();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private TokenAnswer answer(Freshness freshness) {
    return tokens.token(client, account, freshness).orTimeout(20, SECONDS).join();
  }

  private String token(Freshness freshness) {
    return text(answer(freshness));
  }

  private static String text(TokenAnswer answer) {
    return switch (answer) {
      case TokenAnswer.Granted(AccessToken token) -> token.value().expose(String::new);
      case TokenAnswer.Denied(TokenTrouble trouble) -> trouble.kind().word();
    };
  }

  @Test
  void aTokenAtHandIsThereAtOnce() {
    assertThat(token(Freshness.USUAL)).isEqualTo("at-1");
    CompletableFuture<TokenAnswer> next = tokens.token(client, account, Freshness.USUAL);
    assertThat(next).isDone();
    assertThat(text(next.join())).isEqualTo("at-1");
  }

  @Test
  void isRenewedWhenLessThanTwentyMinutesAreLeft() {
    assertThat(token(Freshness.USUAL)).isEqualTo("at-1");
    pass(Duration.ofMinutes(40));
    assertThat(token(Freshness.USUAL)).isEqualTo("at-1");
    pass(Duration.ofSeconds(1));
    assertThat(token(Freshness.USUAL)).isEqualTo("at-2");
  }

  @Test
  void isRenewedAtHalfItsLifeWhereTheSessionEndsWithIt() {
    assertThat(token(Freshness.LONG_SESSION)).isEqualTo("at-1");
    pass(Duration.ofMinutes(30));
    assertThat(token(Freshness.LONG_SESSION)).isEqualTo("at-1");
    pass(Duration.ofSeconds(1));
    assertThat(token(Freshness.LONG_SESSION)).isEqualTo("at-2");
  }

  @Test
  void aTokenOfAShortLifeIsRenewedWhenAThirdIsLeft() {
    provider.script(_ ->
        Answer.json(
            200, "{\"token_type\":\"Bearer\",\"expires_in\":300,\"access_token\":\"short\"}"));
    assertThat(token(Freshness.USUAL)).isEqualTo("short");
    pass(Duration.ofSeconds(200));
    assertThat(token(Freshness.USUAL)).isEqualTo("short");
    assertThat(provider.requests()).hasSize(1);
    pass(Duration.ofSeconds(1));
    assertThat(token(Freshness.USUAL)).isEqualTo("short");
    assertThat(provider.requests()).hasSize(2);
  }

  @Test
  void lastGoodTokenGoesOnWhileTheProviderFails() {
    assertThat(token(Freshness.USUAL)).isEqualTo("at-1");
    provider.script(_ -> new Answer(500, "text/plain", "oops", Map.of()));
    pass(Duration.ofMinutes(45));
    assertThat(token(Freshness.USUAL)).isEqualTo("at-1");
    pass(Duration.ofMinutes(14));
    assertThat(token(Freshness.USUAL)).isEqualTo("at-1");
    pass(Duration.ofSeconds(31));
    assertThat(token(Freshness.USUAL)).isEqualTo("provider-busy");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void failingProviderIsAskedRarelyWhoeverAsks(boolean isDiscovered) {
    OAuthClient asking = isDiscovered ? discovering() : client;
    List<String> told = new CopyOnWriteArrayList<>();
    oauth.tell((upstream, outcome) -> told.add(upstream + " " + outcome));
    provider.script(_ -> new Answer(500, "text/plain", "oops", Map.of()));
    for (int second = 0; second < 600; second++) {
      for (int i = 0; i < 5; i++) {
        assertThat(tokenOf(asking, i)).isEqualTo("provider-busy");
      }
      pass(Duration.ofSeconds(1));
    }
    // 1, 2, 4 … 60 seconds and up to half of that, and the five of the first moment.
    assertThat(provider.requests()).hasSizeBetween(9, 20);
    assertThat(told).hasSameSizeAs(provider.requests()).containsOnly("office365 provider-busy");
  }

  @Test
  void manyAtOnceLearnFromOneAnswerWhereTheProviderIs() {
    OAuthClient asking = discovering();
    AtomicInteger told = new AtomicInteger();
    oauth.tell((_, _) -> told.incrementAndGet());
    provider.delay(Duration.ofMillis(300));
    provider.script(_ -> new Answer(500, "text/plain", "oops", Map.of()));
    assertThat(manyAtOnce(asking)).containsOnly("provider-busy");
    // One of them may have been let in, and have come to ask when the first had its answer.
    assertThat(provider.requests()).hasSizeBetween(1, 5);
    assertThat(told.get()).isBetween(1, 5);

    pass(Duration.ofSeconds(2));
    provider.delay(Duration.ZERO);
    provider.script(this::realm);
    assertThat(tokenOf(asking, 0)).isEqualTo("at");
    int before = provider.requests().size();
    assertThat(manyAtOnce(asking)).containsOnly("at");
    assertThat(provider.requests()).as("the document is kept").hasSize(before + 99);
  }

  @Test
  void aProviderThatHangsHoldsUpNoOther() {
    try (ScriptedProvider other = new ScriptedProvider()) {
      CountDownLatch isOver = new CountDownLatch(1);
      provider.script(_ -> {
        hang(isOver);
        return Answer.tokens("late", "");
      });
      List<CompletableFuture<TokenAnswer>> waiting =
          IntStream.range(0, 600)
              .mapToObj(i -> tokens.token(client, mailbox(i), Freshness.USUAL))
              .toList();
      OAuthClient elsewhere = OAuthClients.site(other.tokenEndpoint());
      assertThat(tokenOf(elsewhere, 0)).startsWith("at-");
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      isOver.countDown();
      assertThat(waiting)
          .allSatisfy(
              answer -> assertThat(text(answer.orTimeout(20, SECONDS).join())).isNotEmpty());
    }
  }

  private static void hang(CountDownLatch isOver) {
    try {
      assertThat(isOver.await(9, SECONDS)).isTrue();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> manyAtOnce(OAuthClient asking) {
    List<CompletableFuture<TokenAnswer>> answers =
        IntStream.range(0, 100)
            .mapToObj(i -> tokens.token(asking, mailbox(i), Freshness.USUAL))
            .toList();
    return answers.stream().map(answer -> text(answer.orTimeout(20, SECONDS).join())).toList();
  }

  private OAuthClient discovering() {
    return OAuthClients.of(
        new OAuthFlow.ClientCredentials(), new Provider.Discovered(provider.at("/realm")));
  }

  private Answer realm(Map<String, String> form) {
    URI issuer = provider.at("/realm");
    return form.containsKey("grant_type")
        ? Answer.tokens("at", "")
        : Answer.json(
            200,
            "{\"issuer\":\"%s\",\"token_endpoint\":\"%s\",\"jwks_uri\":\"%s/jwks\"}"
                .formatted(issuer, provider.tokenEndpoint(), issuer));
  }

  @Test
  void whoIsToldWithoutBeingAskedForHearsForHowLong() {
    provider.script(_ -> new Answer(500, "text/plain", "oops", Map.of()));
    assertThat(detail(1)).doesNotContain("not asked");
    assertThat(detail(2)).matches(".* \\(not asked again for [12] s\\)");
    pass(Duration.ofSeconds(2));
    provider.script(_ -> Answer.json(400, "{\"error\":\"invalid_scope\"}"));
    assertThat(detail(1)).doesNotContain("not asked");
    pass(Duration.ofSeconds(20));
    assertThat(detail(1)).endsWith(" (not asked again for 41 s)");
  }

  private String detail(int mailbox) {
    TokenAnswer answer =
        tokens.token(client, mailbox(mailbox), Freshness.USUAL).orTimeout(20, SECONDS).join();
    return answer instanceof TokenAnswer.Denied(TokenTrouble trouble) ? trouble.detail() : "";
  }

  /** Its consent changed while the provider was asked. */
  @Test
  void aTokenThatNobodyIsGivenIsWiped() {
    List<Secret> minted = new CopyOnWriteArrayList<>();
    TokenLeases changed =
        new TokenLeases() {
          private final TokenLeases free = new FreeLeases();

          @Override
          public Turn begin(TokenAccount account, String registration, long after) {
            return minted.isEmpty()
                ? free.begin(account, registration, after)
                : new Turn.NoConsent(new TokenTrouble(TokenTrouble.Kind.NO_CONSENT, "gone"));
          }

          @Override
          public Optional<Long> keep(Lease lease, Minted answer) {
            minted.add(answer.accessToken());
            return Optional.empty();
          }

          @Override
          public Optional<Long> keepLate(Lease lease, Minted answer) {
            return keep(lease, answer);
          }

          @Override
          public boolean keepAlone(Lease lease, Secret refreshToken) {
            return free.keepAlone(lease, refreshToken);
          }

          @Override
          public void prolong(Lease lease) {
            free.prolong(lease);
          }

          @Override
          public End consentEnded(Lease lease, String reason) {
            return free.consentEnded(lease, reason);
          }

          @Override
          public void giveUp(Lease lease) {
            free.giveUp(lease);
          }
        };
    try (OAuth other = new OAuth(changed, TestClock.standing(), nanos::get, new Random(1))) {
      assertThat(
              text(
                  other
                      .tokens()
                      .token(client, account, Freshness.USUAL)
                      .orTimeout(20, SECONDS)
                      .join()))
          .isEqualTo("no-consent");
    }
    assertThat(minted)
        .singleElement()
        .satisfies(
            token -> assertThatThrownBy(token::copy).isInstanceOf(IllegalStateException.class));
  }

  @Test
  void comesBackWithOneQuestionWhenTheProviderDoes() {
    provider.script(_ -> new Answer(500, "text/plain", "oops", Map.of()));
    assertThat(token(Freshness.USUAL)).isEqualTo("provider-busy");
    provider.mend();
    assertThat(token(Freshness.USUAL)).isEqualTo("provider-busy");
    pass(Duration.ofSeconds(2));
    assertThat(token(Freshness.USUAL)).startsWith("at-");
    assertThat(provider.requests()).hasSize(2);
  }

  /** Nor as long as one who has a good token waits for a better one. */
  @Test
  void whoseTokenWasRefusedWaitsForALaterOneHoweverGoodHisIs() {
    AccessToken refused = ((TokenAnswer.Granted) answer(Freshness.USUAL)).token();
    provider.delay(Duration.ofSeconds(5));
    assertThat(text(tokens.tokenAfter(client, account, refused).orTimeout(20, SECONDS).join()))
        .isEqualTo("at-2");
  }

  @Test
  void aConnectionThatBreaksIsTheProvidersTrouble() {
    provider.script(_ -> {
      throw new IllegalStateException("the connection breaks");
    });
    assertThat(tokenOf(1)).isEqualTo("connect");
    provider.mend();
    pass(Duration.ofSeconds(2));
    assertThat(tokenOf(1)).startsWith("at-");
  }

  @Test
  void waitsForAsLongAsTheProviderAsksFor() {
    provider.script(_ -> new Answer(429, "application/json", "{}", Map.of("Retry-After", "120")));
    assertThat(token(Freshness.USUAL)).isEqualTo("provider-busy");
    provider.mend();
    pass(Duration.ofSeconds(119));
    assertThat(token(Freshness.USUAL)).isEqualTo("provider-busy");
    assertThat(provider.requests()).hasSize(1);
    pass(Duration.ofSeconds(62));
    assertThat(token(Freshness.USUAL)).startsWith("at-");
  }

  private String tokenOf(int mailbox) {
    return tokenOf(client, mailbox);
  }

  private String tokenOf(OAuthClient asking, int mailbox) {
    return text(
        tokens.token(asking, mailbox(mailbox), Freshness.USUAL).orTimeout(20, SECONDS).join());
  }

  private static TokenAccount mailbox(int number) {
    return new TokenAccount.OfMailbox("office365", "user" + number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"error\":\"invalid_scope\"}", "{\"error\":[]}", "[]"})
  void anAnswerThatIsOfNoUseToOneAccountCostsThatOne(String body) {
    assertThat(tokenOf(1)).startsWith("at-");
    provider.script(_ -> Answer.json(400, body));
    String refused = tokenOf(2);
    assertThat(refused).isIn("grant-refused", "not-an-answer");
    provider.mend();
    assertThat(tokenOf(3)).startsWith("at-");
    assertThat(tokenOf(2)).isEqualTo(refused);
    assertThat(provider.requests()).hasSize(3);
    pass(Duration.ofSeconds(61));
    assertThat(tokenOf(2)).startsWith("at-");
  }

  @Test
  void aTokenAtHandGoesOnWhereALaterAnswerIsOfNoUse() {
    assertThat(tokenOf(1)).isEqualTo("at-1");
    provider.script(_ -> Answer.error("unsupported_grant_type", "words"));
    pass(Duration.ofMinutes(45));
    assertThat(tokenOf(1)).isEqualTo("at-1");
    assertThat(tokenOf(1)).isEqualTo("at-1");
    assertThat(provider.requests()).hasSize(2);
  }

  @Test
  void refusedRegistrationIsNotAskedForAnotherAccount() {
    provider.script(_ -> Answer.error("invalid_client", "AADSTS7000215: Invalid client secret"));
    assertThat(tokenOf(1)).isEqualTo("client-refused");
    assertThat(tokenOf(2)).isEqualTo("client-refused");
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void oneQuestionForAllWhoAskAtOnce() {
    provider.delay(Duration.ofMillis(200));
    List<CompletableFuture<TokenAnswer>> answers = new ArrayList<>();
    IntStream.range(0, 200)
        .forEach(_ -> answers.add(tokens.token(client, account, Freshness.USUAL)));
    answers.forEach(
        answer -> assertThat(text(answer.orTimeout(20, SECONDS).join())).isEqualTo("at-1"));
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void whoGivesUpTakesNothingFromTheOthers() {
    provider.delay(Duration.ofMillis(200));
    CompletableFuture<TokenAnswer> first = tokens.token(client, account, Freshness.USUAL);
    CompletableFuture<TokenAnswer> second = tokens.token(client, account, Freshness.USUAL);
    first.cancel(true);
    assertThat(text(second.orTimeout(20, SECONDS).join())).isEqualTo("at-1");
  }

  @Test
  void refusedTokenIsForgottenUnlessThereIsALaterOne() {
    AccessToken first = granted(answer(Freshness.USUAL));
    AccessToken second =
        granted(tokens.tokenAfter(client, account, first).orTimeout(20, SECONDS).join());
    assertThat(second.order()).isGreaterThan(first.order());
    assertThat(granted(tokens.tokenAfter(client, account, first).join())).isEqualTo(second);
    assertThat(provider.requests()).hasSize(2);
  }

  private static AccessToken granted(TokenAnswer answer) {
    assertThat(answer).isInstanceOf(TokenAnswer.Granted.class);
    return ((TokenAnswer.Granted) answer).token();
  }

  @Test
  void anotherRegistrationIsAskedAnewAndAnotherSecretGetsAChance() {
    provider.script(_ -> Answer.error("invalid_client", "AADSTS7000215: Invalid client secret"));
    assertThat(token(Freshness.USUAL)).isEqualTo("client-refused");
    provider.mend();
    assertThat(token(Freshness.USUAL)).isEqualTo("client-refused");
    OAuthClient reloaded = OAuthClients.site(provider.tokenEndpoint());
    assertThat(text(tokens.token(reloaded, account, Freshness.USUAL).orTimeout(20, SECONDS).join()))
        .startsWith("at-");
    tokens.follow(List.of(reloaded));
    assertThat(token(Freshness.USUAL)).startsWith("at-");
  }

  @Test
  void tokensDoNotShowInText() {
    AccessToken token = granted(answer(Freshness.USUAL));
    assertThat(token.toString()).doesNotContain("at-1");
    assertThat(client.toString()).doesNotContain("the-client-secret");
  }
}
