package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigLoader.InlineSecret;
import dev.postern.deploy.config.DatabaseUrl.PostgresServer;
import dev.postern.deploy.config.DatabaseUrl.SqliteFile;
import dev.postern.store.KeyFile;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.StoreConfig.AuditRules;
import dev.postern.store.StoreConfig.Database;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StorageForm;
import dev.postern.store.keys.KeyKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads {@code store}, {@code app-passwords}, {@code audit} and what of {@code guard} is the
 * store's.
 */
final class StoreReader {
  private static final Map<String, StorageForm> FORMS =
      Stream.of(StorageForm.values()).collect(Collectors.toMap(StorageForm::word, form -> form));

  private final References references;
  private final StoreGuardReader guardReader = new StoreGuardReader();
  private final List<InlineSecret> inlineSecrets = new ArrayList<>();
  private final Map<KeyKind, KeySource> keySources = new EnumMap<>(KeyKind.class);

  StoreReader(References references) {
    this.references = references;
  }

  /** Secrets that stand in the configuration file itself, once it has been read. */
  List<InlineSecret> inlineSecrets() {
    return Stream.concat(inlineSecrets.stream(), guardReader.inlineSecrets().stream()).toList();
  }

  /** Where the keys come from, once it has been read. */
  Map<KeyKind, KeySource> keySources() {
    return keySources;
  }

  /**
   * Reads the sections.
   *
   * @param guard read by the gateway's reader as well, which ends it
   * @param passThrough read from the root
   * @param names read from {@code server}
   */
  StoreConfig read(
      Section store,
      Section appPasswords,
      Section audit,
      Section guard,
      PassThrough passThrough,
      NameRules names) {
    Database database = database(store);
    List<StoreConfig.Key> pepper = keys(store, "pepper");
    List<StoreConfig.Key> sealingKeys = keys(store, "sealing-key");
    List<StoreConfig.Key> integrityKeys =
        store.has("integrity-key") ? keys(store, "integrity-key") : List.of();
    for (KeyKind kind : KeyKind.values()) {
      store
          .keySource(kind.setting())
          .ifPresent(source -> {
            var _ = keySources.put(kind, source);
          });
    }
    store.end(Set.of("listen-url"));
    Duration grace =
        guard.withDefault(
            "database-grace",
            Values.duration(Duration.ZERO, Duration.ofDays(1)),
            Duration.ofMinutes(15));
    return new StoreConfig(
        database,
        pepper,
        sealingKeys,
        integrityKeys,
        rules(appPasswords),
        grace,
        auditRules(audit),
        names,
        guardReader.read(guard, passThrough));
  }

  private Database database(Section store) {
    DatabaseUrl url =
        store.required(
            "database",
            DatabaseUrl.reader(references),
            "write sqlite:postern.db or postgresql://USER@HOST/DATABASE",
            new SqliteFile(Path.of("postern.db")));
    noteInline(store, "password");
    Optional<Secret> password = store.optionalSecret("password");
    return switch (url) {
      case SqliteFile(Path file) -> {
        if (store.has("password") && store.has("database")) {
          store.problem("password", "is not used by SQLite", "leave the key out");
        }
        yield new Database.Sqlite(file);
      }
      case PostgresServer(var server) -> new Database.Postgres(server, password);
    };
  }

  private List<StoreConfig.Key> keys(Section store, String key) {
    noteInline(store, key);
    store.require(key, "write \"${file:secrets/" + key + "}\"; \"postern init\" makes that file");
    return store
        .optionalSecret(key)
        .map(lines -> keys(store, key, lines))
        .orElseGet(StoreReader::standIn);
  }

  /** Keeps reading going after a problem; nobody ever gets a configuration with it. */
  private static List<StoreConfig.Key> standIn() {
    return List.of(new StoreConfig.Key("none", Secret.owning(new byte[StoreConfig.Key.LENGTH])));
  }

  private static List<StoreConfig.Key> keys(Section store, String key, Secret lines) {
    try (lines) {
      return KeyFile.parse(lines.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII)));
    } catch (IllegalArgumentException bad) {
      store.problem(
          key,
          "cannot be used: " + bad.getMessage(),
          "\"postern init\" in an empty folder makes a file with a good one");
      return standIn();
    }
  }

  private static AppPasswordRules rules(Section section) {
    AppPasswordRules rules =
        new AppPasswordRules(
            section.withDefault("limit", Values.integer(1, 1000), 40),
            section.withDefault("length", Values.integer(16, 32), 16),
            section.withDefault("form", Values.word(FORMS, List.of()), StorageForm.KEYED),
            expiry(section, "expires-after"),
            expiry(section, "idle-expires-after"),
            expiry(section, "unused-expires-after"));
    section.end(Set.of());
    return rules;
  }

  private static AuditRules auditRules(Section section) {
    AuditRules rules =
        new AuditRules(
            kept(section, "sign-ins", AuditRules.DEFAULTS.signIns()),
            kept(section, "changes", AuditRules.DEFAULTS.changes()),
            kept(section, "sessions", AuditRules.DEFAULTS.sessions()));
    section.end(Set.of());
    return rules;
  }

  private static Duration kept(Section section, String key, Duration fallback) {
    return section.withDefault(
        key, Values.duration(Duration.ofHours(1), Duration.ofDays(3660)), fallback);
  }

  private static Optional<Duration> expiry(Section section, String key) {
    return section.withDefault(key, DurationText::parseOrNever, Optional.empty());
  }

  private void noteInline(Section section, String key) {
    if (section.isWrittenHere(key)) {
      inlineSecrets.add(new InlineSecret(section.at(key), section.pathOf(key)));
    }
  }
}
