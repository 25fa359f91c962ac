package dev.postern.deploy.cli;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.UpstreamRouting.Forecast;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.Kind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether a user has let us in at an upstream that wants consent, as far as the database says. */
final class ConsentState {
  private ConsentState() {}

  /** Whether logins there want the consent of each user. */
  static boolean isWanted(Upstream upstream) {
    return switch (upstream.login()) {
      case LoginMethod.OAuth2(var client, var _, var _) ->
          client.flow() instanceof OAuthFlow.Consent;
      case LoginMethod.MasterUser _,
          LoginMethod.StoredPassword _,
          LoginMethod.PassThrough _,
          LoginMethod.Fixed _,
          LoginMethod.Trusted _,
          LoginMethod.SignedToken _ ->
          false;
    };
  }

  /** The upstreams that want consent to which sessions of a user lead. Blocks on the database. */
  static List<String> upstreams(Store store, GatewayConfig config, String user) {
    UpstreamRouting routing = new UpstreamRouting(config, store.secretBox());
    return store.trialGrant(user).stream()
        .flatMap(
            grant -> Stream.of(Scope.values()).map(protocol -> routing.forecast(grant, protocol)))
        .flatMap(forecast ->
            forecast instanceof Forecast.To to ? Stream.of(to.upstream()) : Stream.empty())
        .distinct()
        .filter(name ->
            Optional.ofNullable(config.upstreams().get(name))
                .filter(ConsentState::isWanted)
                .isPresent())
        .toList();
  }

  /** Why a login there would get no token; empty if it wants no consent, or there is one. */
  static Optional<TokenTrouble> trouble(
      GatewayConfig config, OAuthAccounts accounts, String user, String upstream) {
    return Optional.ofNullable(config.upstreams().get(upstream))
        .filter(ConsentState::isWanted)
        .flatMap(_ -> trouble(account(accounts, user, upstream)));
  }

  /** What is known of a user's consent there. */
  static Optional<OAuthAccount> account(OAuthAccounts accounts, String user, String upstream) {
    return accounts.of(user).stream()
        .filter(account -> account.upstream().equals(upstream))
        .findFirst();
  }

  private static Optional<TokenTrouble> trouble(Optional<OAuthAccount> account) {
    return switch (account.map(OAuthAccount::state).orElse(State.DISCONNECTED)) {
      case CONNECTED -> Optional.empty();
      case NEEDS_CONSENT ->
          account.map(known -> new TokenTrouble(Kind.CONSENT_ENDED, known.reason()));
      case DISCONNECTED ->
          Optional.of(
              new TokenTrouble(
                  Kind.NO_CONSENT,
                  account.isPresent() ? "the consent was ended here" : "nobody has given consent"));
    };
  }
}
