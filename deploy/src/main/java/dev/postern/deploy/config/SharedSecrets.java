package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.LoginMethod;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.Provider;
import dev.postern.store.oauth.SigningKey;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses one secret for two upstreams: a server that is hostile or was broken into could use at
 * the other what it is shown. {@code login.shared-with} of either allows it by name.
 */
final class SharedSecrets {
  private final Set<String> upstreams;
  private final List<Holder> holders = new ArrayList<>();

  /** What those are shown who let us in, for as many mailboxes as they like. */
  private sealed interface Shown {

    /** A password, by the upstream. */
    record Password(Secret password) implements Shown {}

    /** A client secret, by the provider's host. */
    record ClientSecret(Secret secret, String host) implements Shown {}

    /** Signatures, which those believe that have the key, for these audiences. */
    record Signatures(SigningKey key, Set<String> audiences) implements Shown {}

    /** Nothing of that kind. */
    record Nothing() implements Shown {}

    /** Of the key that it is written at. */
    default String name() {
      return switch (this) {
        case Password _ -> "password";
        case ClientSecret _ -> "client-secret";
        case Signatures _, Nothing() -> "key";
      };
    }
  }

  private record Holder(String upstream, Section login, Shown shown, List<String> sharedWith) {
    boolean allows(Holder other) {
      return sharedWith.contains(other.upstream) || other.sharedWith.contains(upstream);
    }
  }

  /**
   * @param upstreams names of all
   */
  SharedSecrets(Set<String> upstreams) {
    this.upstreams = Set.copyOf(upstreams);
  }

  /** An upstream's login has been read, but for its {@code shared-with}. */
  void add(String upstream, Section login, LoginMethod method, Map<Scope, Endpoint> endpoints) {
    Shown shown = shown(method, TokenHosts.of(endpoints));
    if (hasSecretOfOurs(method)) {
      List<String> sharedWith = login.list("shared-with", UpstreamReader.nameOf(upstreams));
      holders.add(new Holder(upstream, login, shown, sharedWith));
    }
  }

  /** Of a method that has none the key is unknown. */
  private static boolean hasSecretOfOurs(LoginMethod method) {
    return switch (method) {
      case LoginMethod.MasterUser _,
          LoginMethod.Fixed _,
          LoginMethod.OAuth2 _,
          LoginMethod.SignedToken _ ->
          true;
      case LoginMethod.StoredPassword _, LoginMethod.Trusted _, LoginMethod.PassThrough _ -> false;
    };
  }

  /** Reports each two that share what they should not, at the later one. */
  void check() {
    for (int later = 1; later < holders.size(); later++) {
      for (Holder earlier : holders.subList(0, later)) {
        check(earlier, holders.get(later));
      }
    }
  }

  private static void check(Holder earlier, Holder later) {
    if (!earlier.allows(later) && areOne(earlier.shown(), later.shown())) {
      later
          .login()
          .problem(
              later.shown().name(),
              "is that of "
                  + earlier.login().pathOf(earlier.shown().name())
                  + " too, so whoever runs one of the two servers can log in at the other",
              "give each its own, or, if both may have it: shared-with: [ "
                  + earlier.upstream()
                  + " ]");
    }
  }

  private static boolean areOne(Shown one, Shown other) {
    return switch (one) {
      case Shown.Password(Secret mine) ->
          switch (other) {
            case Shown.Password(Secret theirs) -> isSame(mine, theirs);
            case Shown.ClientSecret(Secret theirs, var _) -> isSame(mine, theirs);
            case Shown.Signatures _, Shown.Nothing() -> false;
          };
      case Shown.ClientSecret(Secret mine, String host) ->
          switch (other) {
            case Shown.Password(Secret theirs) -> isSame(mine, theirs);
            case Shown.ClientSecret(Secret theirs, String theirHost) ->
                !host.equals(theirHost) && isSame(mine, theirs);
            case Shown.Signatures _, Shown.Nothing() -> false;
          };
      case Shown.Signatures(SigningKey mine, Set<String> audiences) ->
          other instanceof Shown.Signatures(SigningKey theirs, Set<String> theirAudiences)
              && mine.isSameKey(theirs)
              && !Collections.disjoint(audiences, theirAudiences);
      case Shown.Nothing() -> false;
    };
  }

  /** An empty one stands in for something that was reported. */
  private static boolean isSame(Secret mine, Secret theirs) {
    return mine.length() > 0 && mine.matches(theirs);
  }

  private static Shown shown(LoginMethod method, Set<String> hosts) {
    return switch (method) {
      case LoginMethod.MasterUser(var _, Secret password, var _) -> new Shown.Password(password);
      case LoginMethod.Fixed(var _, Secret password) -> new Shown.Password(password);
      case LoginMethod.StoredPassword(), LoginMethod.Trusted(), LoginMethod.PassThrough() ->
          new Shown.Nothing();
      case LoginMethod.OAuth2(OAuthClient client, var _, var _) ->
          switch (client.credential()) {
            case ClientCredential.SharedSecret(Secret secret, var _) ->
                new Shown.ClientSecret(secret, host(client.provider()));
            case ClientCredential.None _, ClientCredential.Certificate _ -> new Shown.Nothing();
          };
      case LoginMethod.SignedToken(SigningKey key, var _, var audience, var _) ->
          new Shown.Signatures(key, audience.map(Set::of).orElse(hosts));
    };
  }

  private static String host(Provider provider) {
    URI place =
        switch (provider) {
          case Provider.Known(URI token, var _, var _) -> token;
          case Provider.Discovered(URI issuer) -> issuer;
        };
    return Optional.ofNullable(place.getHost()).orElse("").toLowerCase(Locale.ROOT);
  }
}
