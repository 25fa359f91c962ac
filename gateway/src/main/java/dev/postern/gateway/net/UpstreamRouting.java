package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.MailboxRewriting;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.LoginMethod.Fixed;
import dev.postern.gateway.LoginMethod.MasterUser;
import dev.postern.gateway.LoginMethod.OAuth2;
import dev.postern.gateway.LoginMethod.PassThrough;
import dev.postern.gateway.LoginMethod.SignedToken;
import dev.postern.gateway.LoginMethod.StoredPassword;
import dev.postern.gateway.LoginMethod.Trusted;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.OwnPasswordJudges;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a granted session goes and as whom. Pure but for the opening of a sealed password.
 *
 * <p>A listener's own upstream comes first, then the one the user is pinned to, then the routes. A
 * user who is pinned elsewhere gets nothing on a listener with its own upstream: a mailbox of the
 * same name there may be somebody else's.
 *
 * <p>However the upstream was chosen, the first route that matches the user and leads there says
 * how the mailbox is called.
 */
public final class UpstreamRouting {
  private final String ourName;
  private final Map<String, Upstream> upstreams;
  private final List<Route> routes;
  private final SecretBox box;

  public UpstreamRouting(GatewayConfig config, SecretBox box) {
    this.ourName = config.serverName();
    this.upstreams = config.upstreams();
    this.routes = config.routes();
    this.box = box;
  }

  /** Where a session goes. */
  sealed interface Path {

    /**
     * There; whoever follows it closes the secret in the plan.
     *
     * @param plan without credentials where a token is needed
     * @param token that must be had first
     * @param isWatched whether the session is to be watched after its login
     * @param mailbox its name there
     * @param budget most sessions at once there for this mailbox in this protocol
     */
    record To(
        UpstreamTarget target,
        UpstreamPlan plan,
        Optional<TokenNeed> token,
        boolean isWatched,
        String mailbox,
        Optional<Integer> budget)
        implements Path {}

    /**
     * Nowhere.
     *
     * @param upstream as far as it is known, else empty
     */
    record Nowhere(String upstream, UpstreamFailure failure) implements Path {}
  }

  /**
   * The path of one session.
   *
   * @param listenerUpstream the only upstream of the listener
   * @param announced what the client was told
   * @param client who is behind it
   * @param own what the client logs in with, where the upstream is to judge that; closed in the end
   *     by whoever follows the path, or here
   */
  Path path(
      Grant grant,
      Scope protocol,
      Optional<String> listenerUpstream,
      Announcement announced,
      Optional<ClientIdentity> client,
      Optional<Secret> own) {
    Path path = pathTo(grant, protocol, listenerUpstream, announced, client, own.orElse(null));
    if (path instanceof Path.Nowhere) {
      own.ifPresent(Secret::close);
    }
    return path;
  }

  /** The path of one with an app password. */
  Path path(
      Grant grant,
      Scope protocol,
      Optional<String> listenerUpstream,
      Announcement announced,
      Optional<ClientIdentity> client) {
    return pathTo(grant, protocol, listenerUpstream, announced, client, null);
  }

  private Path pathTo(
      Grant grant,
      Scope protocol,
      Optional<String> listenerUpstream,
      Announcement announced,
      Optional<ClientIdentity> client,
      @Nullable Secret own) {
    Optional<String> name = upstreamName(grant, listenerUpstream);
    if (name.isEmpty()) {
      return nowhere(
          "",
          Cause.NO_ROUTE,
          grant
              .pinnedUpstream()
              .map(pinned -> "the user is pinned to " + pinned + ", and the listener is not for it")
              .orElse("no route matches the user"));
    }
    Upstream upstream = upstreams.get(name.get());
    if (upstream == null) {
      return nowhere("", Cause.NO_ROUTE, "there is no upstream named " + name.get());
    }
    Endpoint endpoint = upstream.endpoints().get(protocol);
    if (endpoint == null) {
      return nowhere(upstream.name(), Cause.NO_ROUTE, "it has no " + protocol.word() + " address");
    }
    String mailbox = own == null ? mailbox(grant, upstream) : ownMailbox(grant, upstream.name());
    UpstreamTarget target =
        new UpstreamTarget(
            upstream.name(), protocol, endpoint, upstream.identify().proxyProtocol());
    UpstreamPlan plan =
        new UpstreamPlan(
            endpoint.security(),
            ourName,
            Optional.empty(),
            announced.promised(),
            announced.floor(),
            client.filter(_ -> upstream.identify().tells(protocol)),
            false);
    boolean isWatched = upstream.isWatched(endpoint);
    Optional<Integer> budget = upstream.budgets().of(protocol);
    if (grant.isOwnPassword() && own == null) {
      return nowhere(upstream.name(), Cause.NO_CREDENTIAL, "nobody has judged the password");
    }
    Login login =
        own == null
            ? credentials(grant, upstream, mailbox, client)
            : ownPassword(upstream, mailbox, own);
    return switch (login) {
      case Login.With(var credentials) ->
          new Path.To(target, plan.with(credentials), Optional.empty(), isWatched, mailbox, budget);
      case Login.WithToken(var need) ->
          new Path.To(
              target,
              plan.probed(protocol == Scope.IMAP && need.quirks().isMailboxProbed()),
              Optional.of(need),
              isWatched,
              mailbox,
              budget);
      case Login.Without(String why) -> nowhere(upstream.name(), Cause.NO_CREDENTIAL, why);
    };
  }

  /**
   * Who judges own passwords on a listener.
   *
   * @param listenerUpstream its only upstream
   */
  public OwnPasswordJudges judges(Scope protocol, Optional<String> listenerUpstream) {
    return grant ->
        switch (path(
            grant,
            protocol,
            listenerUpstream,
            Announcement.NONE,
            Optional.empty(),
            Optional.of(Secret.owning(new byte[0])))) {
          case Path.To to -> {
            to.plan().credentials().ifPresent(UpstreamCredentials::close);
            yield true;
          }
          case Path.Nowhere _ -> false;
        };
  }

  /** What would become of a grant on a listener without an upstream of its own; for people. */
  public sealed interface Forecast {

    /**
     * A session there.
     *
     * @param mailbox its name there
     */
    record To(String upstream, Endpoint endpoint, String mailbox) implements Forecast {}

    /**
     * None.
     *
     * @param upstream as far as it is known, else empty
     */
    record Nowhere(String upstream, UpstreamFailure failure) implements Forecast {}
  }

  /** Follows the path of a session without opening one; nothing secret is left over. */
  public Forecast forecast(Grant grant, Scope protocol) {
    Optional<Secret> own =
        Optional.of(grant).filter(Grant::isOwnPassword).map(_ -> Secret.owning(new byte[0]));
    return switch (path(
        grant, protocol, Optional.empty(), Announcement.NONE, Optional.empty(), own)) {
      case Path.To(
              UpstreamTarget target,
              UpstreamPlan plan,
              var _,
              boolean _,
              String mailbox,
              var _) -> {
        plan.credentials().ifPresent(UpstreamCredentials::close);
        yield new Forecast.To(target.upstream(), target.endpoint(), mailbox);
      }
      case Path.Nowhere(String upstream, UpstreamFailure failure) ->
          new Forecast.Nowhere(upstream, failure);
    };
  }

  /**
   * Where a mailbox is, for another program than the gateway.
   *
   * @param mailbox its name there
   */
  public record Place(String upstream, String mailbox) {}

  /** The place of a mailbox, on a listener without an upstream of its own; opens nothing. */
  public Optional<Place> place(Grant grant, Scope protocol) {
    return upstreamName(grant, Optional.empty())
        .flatMap(name -> Optional.ofNullable(upstreams.get(name)))
        .filter(upstream -> upstream.endpoints().containsKey(protocol))
        .map(upstream -> new Place(upstream.name(), mailbox(grant, upstream)));
  }

  /** How somebody logs in at an upstream who knows passwords alone, and no TLS. */
  public sealed interface PlainLogin {

    /**
     * With these.
     *
     * @param password the caller closes it
     */
    record With(String upstream, Endpoint endpoint, String user, Secret password)
        implements PlainLogin {}

    /**
     * Not at all.
     *
     * @param upstream as far as it is known, else empty
     */
    record Not(String upstream, String why) implements PlainLogin {}
  }

  /** Follows the path of a session that another proxy is to open. */
  public PlainLogin plainLogin(Grant grant, Scope protocol) {
    return switch (path(grant, protocol, Optional.empty(), Announcement.NONE, Optional.empty())) {
      case Path.Nowhere(String upstream, UpstreamFailure failure) ->
          new PlainLogin.Not(upstream, failure.detail());
      case Path.To to -> {
        String name = to.target().upstream();
        Optional<String> obstacle =
            Optional.ofNullable(upstreams.get(name))
                .flatMap(upstream -> PlainLogins.obstacle(upstream, protocol));
        yield plainLogin(to, obstacle);
      }
    };
  }

  private static PlainLogin plainLogin(Path.To to, Optional<String> obstacle) {
    String upstream = to.target().upstream();
    if (obstacle.isEmpty()
        && to.plan().credentials().orElse(null)
            instanceof UpstreamCredentials.Password(var _, String user, Secret password)) {
      return new PlainLogin.With(upstream, to.target().endpoint(), user, password);
    }
    to.plan().credentials().ifPresent(UpstreamCredentials::close);
    return new PlainLogin.Not(upstream, obstacle.orElse("its login method has no password"));
  }

  private Optional<String> upstreamName(Grant grant, Optional<String> listenerUpstream) {
    Optional<String> pinned = grant.pinnedUpstream();
    if (listenerUpstream.isPresent()) {
      boolean isElsewhere = pinned.isPresent() && !pinned.equals(listenerUpstream);
      return isElsewhere ? Optional.empty() : listenerUpstream;
    }
    return pinned.or(() -> route(grant, Optional.empty()).map(Route::upstream));
  }

  /** The first route that fits; of those to an upstream alone, if one is named. */
  private Optional<Route> route(Grant grant, Optional<String> upstream) {
    for (Route route : routes) {
      if (upstream.filter(name -> !name.equals(route.upstream())).isEmpty()
          && matches(route.match(), grant.user())) {
        return Optional.of(route);
      }
    }
    return Optional.empty();
  }

  /** The name of the mailbox that a session opens at an upstream, should it lead there. */
  public String mailbox(Grant grant, String upstream) {
    Upstream known = upstreams.get(upstream);
    return known == null ? ownMailbox(grant, upstream) : mailbox(grant, known);
  }

  private String mailbox(Grant grant, Upstream upstream) {
    return upstream.login() instanceof Fixed(String user, var _)
        ? user
        : ownMailbox(grant, upstream.name());
  }

  private String ownMailbox(Grant grant, String upstream) {
    MailboxRewriting rewriting =
        route(grant, Optional.of(upstream)).map(Route::rewriting).orElse(MailboxRewriting.NONE);
    return mailbox(grant, rewriting);
  }

  /** The name of a mailbox as the upstream knows it. */
  static String mailbox(Grant grant, MailboxRewriting rewriting) {
    String name = grant.upstreamUser();
    if (!grant.isUpstreamUserSet()) {
      int at = name.lastIndexOf('@');
      if (rewriting.stripDomain() && at > 0) {
        name = name.substring(0, at);
        at = -1;
      }
      if (rewriting.addDomain().isPresent() && at < 0) {
        name = name + "@" + rewriting.addDomain().get();
      }
    }
    return rewriting.lowerCase() ? name.toLowerCase(Locale.ROOT) : name;
  }

  private sealed interface Login {
    record With(UpstreamCredentials credentials) implements Login {}

    record WithToken(TokenNeed need) implements Login {}

    record Without(String why) implements Login {}
  }

  private Login credentials(
      Grant grant, Upstream upstream, String mailbox, Optional<ClientIdentity> client) {
    LoginMethod method = upstream.login();
    return switch (method) {
      case MasterUser(var user, var password, var separator) -> {
        if (separator.isEmpty()) {
          yield new Login.With(
              new UpstreamCredentials.Password(Optional.of(mailbox), user, password.copy()));
        }
        if (mailbox.contains(separator.get())) {
          yield new Login.Without("the mailbox name holds the master user separator");
        }
        yield new Login.With(
            new UpstreamCredentials.Password(
                Optional.empty(), mailbox + separator.get() + user, password.copy()));
      }
      case Fixed(var user, var password) ->
          new Login.With(new UpstreamCredentials.Password(Optional.empty(), user, password.copy()));
      case Trusted() ->
          new Login.With(
              new UpstreamCredentials.OurWord(mailbox, client.map(ClientIdentity::client)));
      case PassThrough() -> new Login.Without("it takes people's own passwords alone");
      case StoredPassword() -> stored(mailbox, grant.upstreamPasswords().get(upstream.name()));
      case OAuth2(var oauth, var quirks, var _) ->
          new Login.WithToken(
              new TokenNeed.OfProvider(
                  oauth, oauth.account(grant.userId(), mailbox), mailbox, quirks));
      case SignedToken(var key, var issuer, var audience, var _) ->
          new Login.WithToken(new TokenNeed.Signed(key, issuer, audience, mailbox));
    };
  }

  /** Such a password goes to the server whose it is, and not to one that has others' accounts. */
  private static Login ownPassword(Upstream upstream, String mailbox, Secret own) {
    Login login = new Login.With(new UpstreamCredentials.Password(Optional.empty(), mailbox, own));
    return switch (upstream.login()) {
      case StoredPassword _, PassThrough _ -> login;
      case MasterUser(var _, var _, var separator) ->
          separator.filter(mailbox::contains).isPresent()
              ? new Login.Without("the mailbox name holds the master user separator")
              : login;
      case Fixed _, Trusted _, SignedToken _, OAuth2 _ ->
          new Login.Without("its login method takes nobody's own password");
    };
  }

  private Login stored(String mailbox, @Nullable Sealed sealed) {
    if (sealed == null) {
      return new Login.Without("the user has no stored password for it");
    }
    try {
      return new Login.With(
          new UpstreamCredentials.Password(Optional.empty(), mailbox, box.open(sealed)));
    } catch (SealBrokenException e) {
      return new Login.Without("the stored password does not open: " + e.getMessage());
    }
  }

  private static Path nowhere(String upstream, Cause cause, String detail) {
    return new Path.Nowhere(upstream, new UpstreamFailure(cause, detail));
  }

  /** Whether {@code name} fits {@code pattern}, in which {@code *} stands for any characters. */
  static boolean matches(String pattern, String name) {
    // Greedy with one point to go back to: linear in practice, never exponential.
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
