package dev.postern.deploy.config;

import dev.postern.admin.AdminConfig;
import dev.postern.deploy.LogFormat;
import dev.postern.deploy.webhook.Webhook;
import dev.postern.gateway.GatewayConfig;
import dev.postern.store.StoreConfig;
import dev.postern.store.keys.KeyKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A configuration file that was read without an error.
 *
 * @param file as it was named
 * @param authFailuresPerMinute refusals of one token of another program within a minute
 * @param keySources where the keys of each kind come from, for those that are configured
 * @param certificates those that were looked into, {@link ConfigLoader#loadToServe}
 * @param warnings what works, but should be otherwise
 */
public record Configuration(
    Path file,
    GatewayConfig gateway,
    StoreConfig store,
    AdminConfig admin,
    int authFailuresPerMinute,
    List<Webhook> webhooks,
    LogFormat log,
    Map<KeyKind, KeySource> keySources,
    List<CertificateTerm> certificates,
    List<ConfigProblem> warnings) {

  public Configuration {
    webhooks = List.copyOf(webhooks);
    keySources = Map.copyOf(keySources);
    certificates = List.copyOf(certificates);
    warnings = List.copyOf(warnings);
  }
}
