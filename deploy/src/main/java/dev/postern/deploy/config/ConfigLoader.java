package dev.postern.deploy.config;

import dev.postern.admin.AdminConfig;
import dev.postern.deploy.LogFormat;
import dev.postern.deploy.config.ConfigNode.Position;
import dev.postern.deploy.webhook.Webhook;
import dev.postern.gateway.GatewayConfig;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.NameRules;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a configuration file and everything it refers to. The environment comes in from outside, so
 * that a test can have one of its own.
 */
public final class ConfigLoader {
  private static final Set<String> LATER_SECTIONS = Set.of("roles", "portal");

  private final Map<String, String> environment;

  public ConfigLoader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Reads the file.
   *
   * @param file relative paths in it are relative to its folder
   * @throws ConfigException with every problem that was found
   */
  public Configuration load(Path file) throws ConfigException {
    return load(file, false);
  }

  /**
   * Reads the file and looks into the certificates and keys that it names; {@link #load} is content
   * if they are there.
   *
   * @param file relative paths in it are relative to its folder
   * @throws ConfigException with every problem that was found
   */
  public Configuration loadToServe(Path file) throws ConfigException {
    return load(file, true);
  }

  private Configuration load(Path file, boolean isToServe) throws ConfigException {
    Problems problems = new Problems(file);
    Problems warnings = new Problems(file);
    Path folder = file.toAbsolutePath().normalize().resolveSibling("");
    References references = new References(folder, environment);
    Section root =
        Section.root(YamlTree.read(content(file, problems), problems), references, problems);
    boolean isFileReadableByAll = isReadableByAll(file);

    Section guard = root.section("guard");
    StoreReader storeReader = new StoreReader(references);
    Section server = root.section("server");
    NameRules names = NamesReader.read(server);
    StoreConfig store =
        storeReader.read(
            root.section("store"),
            root.section("app-passwords"),
            root.section("audit"),
            guard,
            PassThroughReader.read(root),
            names);
    CertificateReader certificates = new CertificateReader(references, file, isToServe);
    GatewayReader gatewayReader = new GatewayReader(references, certificates);
    GatewayConfig gateway = gatewayReader.read(root, server, guard);
    PassThroughReader.requireProtection(
        root, store.guard().passThrough(), gateway.upstreams().values());
    StoreGuardReader.requireShorter(
        guard, store.guard().throttle(), gateway.limits().beforeLoginDeadline());
    Section admins = root.section("admin");
    Section metrics = root.section("metrics");
    Section authService = root.section("auth-service");
    int authFailures = AdminReader.failuresPerMinute(authService);
    AdminConfig admin = AdminReader.read(admins, metrics, authService, certificates, gateway);
    List<InlineSecret> webhookSecrets = new ArrayList<>();
    List<Webhook> webhooks = WebhookReader.read(root, webhookSecrets);
    LogFormat log = LogReader.read(root.section("log"));
    root.end(LATER_SECTIONS);
    if (isFileReadableByAll) {
      gatewayReader.inlineSecrets().forEach(place -> warnReadable(place, warnings, file));
      storeReader.inlineSecrets().forEach(place -> warnReadable(place, warnings, file));
      webhookSecrets.forEach(place -> warnReadable(place, warnings, file));
    }
    problems.throwIfAny();
    StoreGuardReader.warnOfLateRefusals(
        guard, store.guard(), gateway.limits().failureDelay(), warnings);
    StoreGuardReader.warnOfOwnNetworks(guard, store.guard(), gateway, warnings);
    PassThroughReader.warn(root, store.guard().passThrough(), gateway, warnings);
    return new Configuration(
        file,
        gateway,
        store,
        admin,
        authFailures,
        webhooks,
        log,
        storeReader.keySources(),
        certificates.terms(),
        warnings.byLine());
  }

  /** A secret that stands in the configuration file itself. */
  record InlineSecret(Position at, String key) {}

  private static void warnReadable(InlineSecret secret, Problems warnings, Path file) {
    warnings.add(
        secret.at(),
        secret.key(),
        "a secret stands in a file that everybody may read",
        "move it to a file of its own and write \"${file:PATH}\", or chmod o-r " + file);
  }

  private static String content(Path file, Problems problems) throws ConfigException {
    try {
      return new String(References.read(file), StandardCharsets.UTF_8);
    } catch (BadValue bad) {
      problems.add(new Position(0, 0), "", bad);
      throw new ConfigException(problems.byLine());
    }
  }

  private static boolean isReadableByAll(Path file) {
    try {
      References.refuseReadableByAll(file);
      return false;
    } catch (BadValue _) {
      return true;
    }
  }
}
