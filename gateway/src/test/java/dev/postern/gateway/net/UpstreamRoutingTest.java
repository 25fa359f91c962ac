package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Budgets;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.MailboxRewriting;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.LoginMethod.Fixed;
import dev.postern.gateway.LoginMethod.MasterUser;
import dev.postern.gateway.LoginMethod.OAuth2;
import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.LoginMethod.StoredPassword;
import dev.postern.gateway.LoginMethod.Trusted;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.OurWord;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.gateway.net.UpstreamRouting.Path;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.testing.OAuthClients;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamRoutingTest {
  private static final LoginMethod MASTER =
      new MasterUser("svc", Secret.ofText("master"), Optional.empty());
  private static final LoginMethod SEPARATED =
      new MasterUser("svc", Secret.ofText("master"), Optional.of("*"));

  @Test
  void theFirstRouteThatMatchesWins() {
    UpstreamRouting routing =
        routing(
            Map.of("one", MASTER, "two", MASTER, "three", MASTER),
            new Route("*@other.test", "one"),
            new Route("*@example.com", "two"),
            new Route("*", "three"));

    assertThat(upstream(routing, grant("alice@example.com"))).isEqualTo("two");
    assertThat(upstream(routing, grant("alice"))).isEqualTo("three");
  }

  @Test
  void aPinnedUserGoesWhereHeIsPinned() {
    UpstreamRouting routing = routing(Map.of("one", MASTER, "two", MASTER), new Route("*", "one"));

    assertThat(upstream(routing, pinned("alice", "two"))).isEqualTo("two");
  }

  @Test
  void aListenersOwnUpstreamComesFirst() {
    UpstreamRouting routing = routing(Map.of("one", MASTER, "two", MASTER), new Route("*", "one"));

    assertThat(
            routing.path(
                grant("alice"),
                Scope.IMAP,
                Optional.of("two"),
                Announcement.NONE,
                Optional.empty()))
        .isInstanceOfSatisfying(
            Path.To.class, to -> assertThat(to.target().upstream()).isEqualTo("two"));
  }

  @Test
  void butNotForAUserWhoIsPinnedElsewhere() {
    UpstreamRouting routing = routing(Map.of("one", MASTER, "two", MASTER), new Route("*", "one"));

    assertThat(
            routing.path(
                pinned("alice", "one"),
                Scope.IMAP,
                Optional.of("two"),
                Announcement.NONE,
                Optional.empty()))
        .isInstanceOfSatisfying(
            Path.Nowhere.class,
            nowhere -> {
              assertThat(nowhere.failure().cause()).isEqualTo(Cause.NO_ROUTE);
              assertThat(nowhere.failure().detail()).contains("pinned to one");
            });
  }

  @Test
  void onlyByImapMustAMailboxShowThatItIsThere() {
    Map<Scope, Endpoint> all =
        Map.of(
            Scope.IMAP, new Endpoint("mail.test", 993, Security.IMPLICIT_TLS),
            Scope.SUBMISSION, new Endpoint("mail.test", 465, Security.IMPLICIT_TLS),
            Scope.POP3, new Endpoint("mail.test", 995, Security.IMPLICIT_TLS));
    LoginMethod probed =
        new OAuth2(
            OAuthClients.site(URI.create("https://provider.test/token")),
            new Quirks(true, true, false));
    UpstreamRouting routing = routing(List.of(upstream("one", all, probed)), new Route("*", "one"));

    for (Scope protocol : Scope.values()) {
      assertThat(
              routing.path(
                  grant("alice"), protocol, Optional.empty(), Announcement.NONE, Optional.empty()))
          .isInstanceOfSatisfying(
              Path.To.class,
              to ->
                  assertThat(to.plan().isMailboxProbed())
                      .as(protocol.word())
                      .isEqualTo(protocol == Scope.IMAP));
    }
  }

  @Test
  void withoutARouteOrAnAddressThereIsNone() {
    UpstreamRouting routing = routing(Map.of("one", MASTER), new Route("*@example.com", "one"));

    assertThat(cause(path(routing, grant("alice@elsewhere.test")))).isEqualTo(Cause.NO_ROUTE);
    assertThat(cause(path(routing, pinned("alice@example.com", "gone")))).isEqualTo(Cause.NO_ROUTE);
    assertThat(
            cause(
                routing.path(
                    grant("alice@example.com"),
                    Scope.POP3,
                    Optional.empty(),
                    Announcement.NONE,
                    Optional.empty())))
        .isEqualTo(Cause.NO_ROUTE);
  }

  @Test
  void theMasterUserActsForTheMailboxInTheStore() {
    UpstreamRouting routing = routing(Map.of("one", MASTER), new Route("*", "one"));

    Password credentials = credentials(path(routing, mailbox("alice", "box-7")));

    assertThat(credentials.authorizeAs()).contains("box-7");
    assertThat(credentials.loginName()).isEqualTo("svc");
    assertThat(credentials.password().matches(Secret.ofText("master"))).isTrue();
  }

  @Test
  void anotherProxyIsToldOfAMailboxAndOfNoPasswordThatItCannotUse() {
    UpstreamRouting routing =
        routing(
            Map.of("one", SEPARATED, "two", new StoredPassword()),
            new Route("*", "one", new MailboxRewriting(true, Optional.empty(), false)));

    assertThat(routing.place(grant("alice@example.com"), Scope.IMAP))
        .contains(new UpstreamRouting.Place("one", "alice"));
    assertThat(routing.place(pinned("alice", "gone"), Scope.IMAP)).isEmpty();
    assertThat(routing.plainLogin(pinned("alice", "two"), Scope.IMAP))
        .isEqualTo(
            new UpstreamRouting.PlainLogin.Not("two", "the user has no stored password for it"));
    assertThat(routing.plainLogin(mailbox("alice", "box*7"), Scope.IMAP))
        .isInstanceOf(UpstreamRouting.PlainLogin.Not.class);
  }

  @Test
  void aFixedAccountIsTheMailboxOfEverybodyThere() {
    UpstreamRouting routing =
        routing(
            Map.of("one", new Fixed("scanner@example.com", Secret.ofText("relay"))),
            new Route("*", "one", new MailboxRewriting(true, Optional.of("other.test"), true)));

    for (Grant grant : List.of(grant("alice@example.com"), mailbox("bob", "box-7"))) {
      Path path = path(routing, grant);

      Password credentials = credentials(path);
      assertThat(credentials.authorizeAs()).isEmpty();
      assertThat(credentials.loginName()).isEqualTo("scanner@example.com");
      assertThat(credentials.password().matches(Secret.ofText("relay"))).isTrue();
      credentials.password().close(); // a copy of the configured one
      assertThat(((Path.To) path).mailbox()).isEqualTo("scanner@example.com");
    }
  }

  @Test
  void ourWordIsGivenForTheMailboxWithTheClientsAddressThoughNothingElseIsTold() {
    UpstreamRouting routing = routing(Map.of("one", new Trusted()), new Route("*", "one"));
    ClientIdentity client =
        new ClientIdentity(
            "s",
            new ClientIdentity.Endpoint("203.0.113.9", 51234),
            new ClientIdentity.Endpoint("192.0.2.1", 587),
            true,
            "");

    assertThat(
            routing.path(
                mailbox("alice", "box-7"),
                Scope.IMAP,
                Optional.empty(),
                Announcement.NONE,
                Optional.of(client)))
        .isInstanceOfSatisfying(
            Path.To.class,
            to -> {
              assertThat(to.plan().credentials())
                  .contains(new OurWord("box-7", Optional.of(client.client())));
              assertThat(to.plan().told()).isEmpty();
              assertThat(to.isWatched()).as("though not in clear").isTrue();
            });
  }

  @Test
  void closingAPlansPasswordLeavesTheConfiguredOne() {
    UpstreamRouting routing = routing(Map.of("one", MASTER), new Route("*", "one"));
    credentials(path(routing, grant("alice"))).password().close();

    assertThat(
            credentials(path(routing, grant("alice"))).password().matches(Secret.ofText("master")))
        .isTrue();
  }

  @Test
  void theMasterUserCanStandBehindASeparator() {
    UpstreamRouting routing = routing(Map.of("one", SEPARATED), new Route("*", "one"));

    Password credentials = credentials(path(routing, grant("alice")));

    assertThat(credentials.authorizeAs()).isEmpty();
    assertThat(credentials.loginName()).isEqualTo("alice*svc");
  }

  @Test
  void aMailboxWithTheSeparatorInItsNameIsRefused() {
    UpstreamRouting routing = routing(Map.of("one", SEPARATED), new Route("*", "one"));

    assertThat(cause(path(routing, mailbox("alice", "bob*svc")))).isEqualTo(Cause.NO_CREDENTIAL);

    MailboxRewriting rewriting = new MailboxRewriting(false, Optional.of("a*b"), false);
    UpstreamRouting adding = routing(Map.of("one", SEPARATED), new Route("*", "one", rewriting));
    assertThat(cause(path(adding, grant("alice")))).isEqualTo(Cause.NO_CREDENTIAL);
  }

  @Test
  void aStoredPasswordIsOpenedForItsUpstreamAlone() {
    UpstreamRouting routing = routing(Map.of("one", new StoredPassword()), new Route("*", "one"));

    Password credentials =
        credentials(path(routing, sealed(Map.of("one", "mine", "two", "other"))));

    assertThat(credentials.loginName()).isEqualTo("alice");
    assertThat(credentials.authorizeAs()).isEmpty();
    assertThat(credentials.password().matches(Secret.ofText("mine"))).isTrue();
    assertThat(cause(path(routing, sealed(Map.of("two", "other"))))).isEqualTo(Cause.NO_CREDENTIAL);
  }

  @Test
  void aStoredPasswordThatDoesNotOpenIsNone() {
    UpstreamRouting routing = routing(Map.of("one", new StoredPassword()), new Route("*", "one"));

    assertThat(cause(path(routing, sealed(Map.of("one", "broken")))))
        .isEqualTo(Cause.NO_CREDENTIAL);
  }

  /** What is on the user: the name, and the mailbox if one was set. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "alice@example.com, -, false, -, false, alice@example.com",
        "alice@example.com, -, true, -, false, alice",
        "alice, -, true, -, false, alice",
        "@example.com, -, true, -, false, @example.com",
        "a@b@example.com, -, true, -, false, a@b",
        "alice, -, false, example.net, false, alice@example.net",
        "alice@example.com, -, false, example.net, false, alice@example.com",
        "alice@example.com, -, true, example.net, false, alice@example.net",
        "alice, -, true, example.net, false, alice@example.net",
        "a@b@example.com, -, true, example.net, false, a@b@example.net",
        "x@xn--bcher-kva.example, -, false, -, true, x@xn--bcher-kva.example",
        "alice@example.com, Box@Example.com, true, example.net, false, Box@Example.com",
        "alice@example.com, Box@Example.com, true, example.net, true, box@example.com",
        "alice@example.com, alice@example.com, true, -, false, alice@example.com",
        "alice, BOX, false, example.net, true, box",
      })
  void aRouteSaysHowTheMailboxIsCalled(
      String user, String set, boolean strip, String add, boolean lower, String mailbox) {
    MailboxRewriting rewriting = new MailboxRewriting(strip, Optional.ofNullable(add), lower);
    UpstreamRouting routing =
        routing(
            Map.of("one", MASTER, "two", MASTER, "three", SEPARATED),
            new Route("nobody", "one", new MailboxRewriting(false, Optional.of("x.test"), true)),
            new Route("*", "two"),
            new Route("*", "one", rewriting),
            new Route("*", "one"),
            new Route("*", "three", rewriting));

    for (Optional<String> pin : List.of(Optional.<String>empty(), Optional.of("one"))) {
      Path path =
          routing.path(
              rewritten(user, set, pin),
              Scope.IMAP,
              Optional.of("one"),
              Announcement.NONE,
              Optional.empty());
      assertThat(credentials(path).authorizeAs()).as("listener's own").contains(mailbox);
    }
    assertThat(credentials(path(routing, rewritten(user, set, Optional.of("one")))).authorizeAs())
        .as("pinned")
        .contains(mailbox);
    assertThat(credentials(path(routing, rewritten(user, set, Optional.of("three")))).loginName())
        .as("before a separator")
        .isEqualTo(mailbox + "*svc");
    assertThat(credentials(path(routing, rewritten(user, set, Optional.empty()))).authorizeAs())
        .as("another route comes first")
        .contains(set == null ? user : set);
    assertThat(routing.forecast(rewritten(user, set, Optional.of("one")), Scope.IMAP))
        .isInstanceOfSatisfying(
            UpstreamRouting.Forecast.To.class, to -> assertThat(to.mailbox()).isEqualTo(mailbox));
  }

  @Test
  void aStoredPasswordGoesWithTheRewrittenName() {
    UpstreamRouting routing =
        routing(
            Map.of("one", new StoredPassword()),
            new Route("*", "one", new MailboxRewriting(false, Optional.of("example.net"), false)));

    assertThat(credentials(path(routing, sealed(Map.of("one", "mine")))).loginName())
        .isEqualTo("alice@example.net");
  }

  @Test
  void aMailboxIsFoldedTheSameOnEveryMachine() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      assertThat(
              UpstreamRouting.mailbox(
                  rewritten("alice", "INFO", Optional.empty()),
                  new MailboxRewriting(false, Optional.empty(), true)))
          .isEqualTo("info");
    } finally {
      Locale.setDefault(before);
    }
  }

  private static Grant rewritten(String user, @Nullable String set, Optional<String> pin) {
    return new Grant(
        "id", user, "c", pin, set == null ? user : set, set != null, Map.of(), Optional.empty());
  }

  @Test
  void anUpstreamIsNotToldOfTheClientUnlessItIsToBe() {
    UpstreamRouting routing = routing(Map.of("one", MASTER), new Route("*", "one"));
    ClientIdentity.Endpoint end = new ClientIdentity.Endpoint("192.0.2.1", 1);

    Path path =
        routing.path(
            grant("alice"),
            Scope.IMAP,
            Optional.empty(),
            Announcement.NONE,
            Optional.of(new ClientIdentity("s", end, end, true, "")));

    assertThat(((Path.To) path).plan().told()).isEmpty();
  }

  @Test
  void promisesGoIntoThePlan() {
    UpstreamRouting routing = routing(Map.of("one", MASTER), new Route("*", "one"));

    assertThat(
            routing.path(
                grant("alice"),
                Scope.IMAP,
                Optional.empty(),
                new Announcement(List.of("DSN"), List.of("DSN"), List.of("SIZE 5000")),
                Optional.empty()))
        .isInstanceOfSatisfying(
            Path.To.class,
            to -> {
              assertThat(to.plan().promised()).containsExactly("DSN");
              assertThat(to.plan().floor()).containsExactly("SIZE 5000");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "*, alice, true",
    "*@example.com, alice@example.com, true",
    "*@example.com, alice@example.org, false",
    "alice@*, alice@example.com, true",
    "a*e, alice, true",
    "a*e, alicia, false",
    "*a*b*c*, xxaxxbxxcxx, true",
    "*a*b*c*, xxaxxcxxbxx, false",
    "alice, alice, true",
    "alice, alice2, false",
    ".*, alice, false",
    "**, alice, true",
    "*aab, aaaaab, true",
  })
  void starsStandForAnyCharacters(String pattern, String name, boolean isMatch) {
    assertThat(UpstreamRouting.matches(pattern, name)).isEqualTo(isMatch);
  }

  @Test
  void manyStarsAreNotManySteps() {
    assertThat(UpstreamRouting.matches("*a".repeat(200) + "b", "a".repeat(5000))).isFalse();
  }

  private static Grant own(String user) {
    return new Grant(
        "id-" + user, user, "own-id", Optional.empty(), user, Map.of(), Optional.empty());
  }

  private static Path pathOfOwn(UpstreamRouting routing, Grant grant, Secret secret) {
    return routing.path(
        grant,
        Scope.IMAP,
        Optional.empty(),
        Announcement.NONE,
        Optional.empty(),
        Optional.of(secret));
  }

  @Test
  void somebodysOwnPasswordGoesAsItIs() {
    for (LoginMethod method :
        List.of(MASTER, new StoredPassword(), new LoginMethod.PassThrough())) {
      UpstreamRouting routing = routing(Map.of("one", method), new Route("*", "one"));
      Secret secret = Secret.ofText("holidays");
      assertThat(pathOfOwn(routing, own("alice@example.com"), secret))
          .isInstanceOfSatisfying(
              Path.To.class,
              to ->
                  assertThat(to.plan().credentials().orElseThrow())
                      .isEqualTo(new Password(Optional.empty(), "alice@example.com", secret)));
    }
  }

  @Test
  void butNotToAServerWithAccountsOfOthers() {
    for (LoginMethod method : List.of(new Fixed("relay", Secret.ofText("relay")), new Trusted())) {
      UpstreamRouting routing = routing(Map.of("one", method), new Route("*", "one"));
      Secret secret = Secret.ofText("holidays");
      assertThat(cause(pathOfOwn(routing, own("alice@example.com"), secret)))
          .isEqualTo(Cause.NO_CREDENTIAL);
      assertThatThrownBy(() -> secret.expose(bytes -> bytes.length))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void thereIsSomebodyToJudgeThemWhereTheyGo() {
    Map<String, LoginMethod> methods =
        Map.of(
            "master", MASTER,
            "stored", new StoredPassword(),
            "pass", new LoginMethod.PassThrough(),
            "fixed", new Fixed("relay", Secret.ofText("relay")),
            "trusted", new Trusted());
    UpstreamRouting routing = routing(methods);
    for (String name : methods.keySet()) {
      assertThat(routing.judges(Scope.IMAP, Optional.of(name)).hasOneFor(own("alice@example.com")))
          .as(name)
          .isEqualTo(!name.equals("fixed") && !name.equals("trusted"));
      assertThat(routing.judges(Scope.POP3, Optional.of(name)).hasOneFor(own("alice@example.com")))
          .as("%s has no such address", name)
          .isFalse();
    }
    assertThat(routing.judges(Scope.IMAP, Optional.empty()).hasOneFor(own("alice@example.com")))
        .as("no route leads anywhere")
        .isFalse();
  }

  @Test
  void nobodysNameReachesTheMasterUserByItsSeparator() {
    UpstreamRouting routing =
        routing(
            Map.of("one", new MasterUser("svc", Secret.ofText("master"), Optional.of("*"))),
            new Route("*", "one"));
    assertThat(cause(pathOfOwn(routing, own("alice*svc"), Secret.ofText("guess"))))
        .isEqualTo(Cause.NO_CREDENTIAL);
  }

  /** Otherwise whoever came so far without a password would be let in with ours. */
  @Test
  void whoLogsInWithHisOwnPasswordHasToShowOne() {
    UpstreamRouting routing = routing(Map.of("one", MASTER), new Route("*", "one"));
    assertThat(cause(path(routing, own("alice@example.com")))).isEqualTo(Cause.NO_CREDENTIAL);
  }

  @Test
  void aPathNamesTheMailboxAsTheUpstreamKnowsItAndItsBudget() {
    UpstreamRouting routing =
        routing(
            Map.of("one", MASTER),
            new Route("*", "one", new MailboxRewriting(false, Optional.of("example.com"), false)));

    assertThat(path(routing, grant("alice")))
        .isInstanceOfSatisfying(
            Path.To.class,
            to -> {
              assertThat(to.mailbox()).isEqualTo("alice@example.com");
              assertThat(to.budget()).contains(20);
            });
  }

  private static UpstreamRouting routing(Map<String, LoginMethod> methods, Route... routes) {
    Map<Scope, Endpoint> imap =
        Map.of(Scope.IMAP, new Endpoint("mail.test", 993, Security.IMPLICIT_TLS));
    return routing(
        methods.entrySet().stream()
            .map(entry -> upstream(entry.getKey(), imap, entry.getValue()))
            .toList(),
        routes);
  }

  private static Upstream upstream(
      String name, Map<Scope, Endpoint> endpoints, LoginMethod method) {
    return new Upstream(
        name,
        endpoints,
        Optional.empty(),
        method,
        Identify.NONE,
        Watch.AUTO,
        new Budgets(Optional.of(20), Optional.of(3), Optional.empty()));
  }

  private static UpstreamRouting routing(List<Upstream> upstreams, Route... routes) {
    return new UpstreamRouting(
        new GatewayConfig(
            "gate.test",
            List.of(),
            Optional.empty(),
            TlsVersion.TLS_1_2,
            upstreams.stream().collect(Collectors.toMap(Upstream::name, Function.identity())),
            List.of(routes),
            Limits.DEFAULT),
        new ClearBox());
  }

  private static Path path(UpstreamRouting routing, Grant grant) {
    return routing.path(grant, Scope.IMAP, Optional.empty(), Announcement.NONE, Optional.empty());
  }

  private static String upstream(UpstreamRouting routing, Grant grant) {
    return ((Path.To) path(routing, grant)).target().upstream();
  }

  private static Password credentials(Path path) {
    return (Password) ((Path.To) path).plan().credentials().orElseThrow();
  }

  private static Cause cause(Path path) {
    return ((Path.Nowhere) path).failure().cause();
  }

  private static Grant grant(String user) {
    return mailbox(user, user);
  }

  private static Grant mailbox(String user, String mailbox) {
    return new Grant("id", user, "c", Optional.empty(), mailbox, Map.of(), Optional.empty());
  }

  private static Grant pinned(String user, String upstream) {
    return new Grant("id", user, "c", Optional.of(upstream), user, Map.of(), Optional.empty());
  }

  private static Grant sealed(Map<String, String> passwords) {
    Map<String, Sealed> sealed =
        passwords.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    entry ->
                        new Sealed(
                            entry.getValue(),
                            new Sealed.Place("t", "r", "id", entry.getKey(), "f", 1))));
    return new Grant("id", "alice", "c", Optional.empty(), "alice", sealed, Optional.empty());
  }

  /** What is sealed is its own text; the text {@code broken} does not open. */
  private record ClearBox() implements SecretBox {
    @Override
    public Sealed seal(Secret secret, Sealed.Place place) {
      return new Sealed(secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8)), place);
    }

    @Override
    public Secret open(Sealed value) {
      if (value.text().equals("broken")) {
        throw new SealBrokenException("changed");
      }
      return Secret.ofText(value.text());
    }
  }
}
