package dev.postern.deploy.node;

import dev.postern.admin.view.UpstreamSettings;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuthFlow;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The upstreams of a configuration in its own words, without its secrets. */
public final class SiteUpstreams {
  private SiteUpstreams() {}

  /** By name. */
  public static List<UpstreamSettings> of(GatewayConfig gateway) {
    return gateway.upstreams().values().stream()
        .sorted(Comparator.comparing(Upstream::name))
        .map(SiteUpstreams::settings)
        .toList();
  }

  private static UpstreamSettings settings(Upstream upstream) {
    return new UpstreamSettings(
        upstream.name(),
        word(upstream.login()),
        takesConsent(upstream.login()),
        upstream.endpoints().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(entry ->
                new UpstreamSettings.Endpoint(
                    entry.getKey(), url(entry.getKey(), entry.getValue())))
            .toList());
  }

  private static String url(Scope protocol, Endpoint endpoint) {
    String secure = protocol.word() + "s";
    String scheme =
        switch (endpoint.security()) {
          case IMPLICIT_TLS -> secure;
          case STARTTLS -> protocol.word() + "+starttls";
          case CLEAR -> protocol.word();
        };
    String host = endpoint.host().contains(":") ? "[" + endpoint.host() + "]" : endpoint.host();
    return scheme + "://" + host + ":" + endpoint.port();
  }

  private static String word(LoginMethod login) {
    return switch (login) {
      case LoginMethod.MasterUser _ -> "master-user";
      case LoginMethod.StoredPassword _ -> "stored-password";
      case LoginMethod.OAuth2 _ -> "oauth2";
      case LoginMethod.SignedToken _ -> "signed-token";
      case LoginMethod.Fixed _ -> "fixed";
      case LoginMethod.Trusted _ -> "trusted";
      case LoginMethod.PassThrough _ -> "pass-through";
    };
  }

  private static boolean takesConsent(LoginMethod login) {
    return login instanceof LoginMethod.OAuth2 oauth
        && oauth.client().flow() instanceof OAuthFlow.Consent;
  }
}
