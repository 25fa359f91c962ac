package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.ConfigProblem;
import dev.postern.deploy.config.Configuration;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What every command has at hand: the common options, where to speak, and the way to the store. */
final class Invocation {
  static final Path SYSTEM_FILE = Path.of("/etc/postern/postern.yaml");

  private final PosternCommand options;
  private final Surroundings surroundings;
  private final Output output;

  Invocation(PosternCommand options, Surroundings surroundings) {
    this.options = options;
    this.surroundings = surroundings;
    this.output = new Output(surroundings.out(), surroundings.err(), options::isJson);
  }

  Output output() {
    return output;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  /** A path as given on the command line. */
  Path path(Path given) {
    return surroundings.folder().resolve(given);
  }

  /** The account that runs the command, for the audit. */
  Actor actor() {
    return new Actor(System.getProperty("user.name", "unknown"), "admin", Channel.CLI);
  }

  /**
   * The configuration file: the one that was named, or the first of the usual ones.
   *
   * @throws CommandFailure if there is none
   */
  Path configFile() {
    Optional<Path> named = options.config();
    if (named.isPresent()) {
      return path(named.get());
    }
    Path here = Path.of("postern.yaml");
    if (Files.exists(path(here))) {
      return path(here);
    }
    if (Files.exists(SYSTEM_FILE)) {
      return SYSTEM_FILE;
    }
    throw new CommandFailure(
        "configuration",
        "there is neither ./postern.yaml nor " + SYSTEM_FILE,
        "name one with --config FILE, or make one with: postern init");
  }

  /** Whether there is one, or one was named. */
  boolean hasConfigFile() {
    return options.config().isPresent()
        || Files.exists(path(Path.of("postern.yaml")))
        || Files.exists(SYSTEM_FILE);
  }

  /**
   * The configuration. Its warnings are about what serves: they are for those who check or serve,
   * and would only hide what another command has to say.
   */
  Configuration configuration() throws ConfigException {
    return loader().load(configFile());
  }

  /** As {@link #configuration}; certificates and keys were looked into, and warnings shown. */
  Configuration configurationToServe() throws ConfigException {
    Configuration configuration = loader().loadToServe(configFile());
    configuration.warnings().forEach(this::warn);
    configuration.certificates().stream()
        .flatMap(certificate -> certificate.warning(surroundings.clock().instant()).stream())
        .forEach(this::warn);
    return configuration;
  }

  ConfigLoader loader() {
    return new ConfigLoader(surroundings.environment());
  }

  void warn(ConfigProblem warning) {
    output.note("warning: " + warning);
  }

  /** The store of a configuration, whose schema must be today's; the caller closes it. */
  Store openStore(Configuration configuration) {
    return Store.open(configuration.store(), Store.Schema.REQUIRE_CURRENT, surroundings.clock());
  }

  /** Runs {@code work} with the configured store and closes it. */
  <T> T withStore(StoreWork<T> work) throws ConfigException {
    Configuration configuration = configuration();
    try (Store store = openStore(configuration)) {
      return work.run(store, configuration);
    }
  }

  /** Something to do with an open store. */
  @FunctionalInterface
  interface StoreWork<T> {
    T run(Store store, Configuration configuration);
  }

  /** Names of upstreams, checked: a typing error here would lock a user out. */
  static void requireUpstream(Configuration configuration, Optional<String> name) {
    if (name.isPresent() && !configuration.gateway().upstreams().containsKey(name.get())) {
      List<String> known = configuration.gateway().upstreams().keySet().stream().sorted().toList();
      throw new CommandFailure(
          "not-found",
          "the configuration has no upstream \"" + name.get() + "\"",
          "known upstreams: " + (known.isEmpty() ? "none" : String.join(", ", known)));
    }
  }

  /** Waits; whoever interrupts it ends the command. */
  static void pause(Duration length) {
    try {
      Thread.sleep(length);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", "the command was interrupted", "repeat it");
    }
  }
}
