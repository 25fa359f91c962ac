package dev.postern.deploy.config;

import dev.postern.admin.AdminConfig;
import dev.postern.gateway.GatewayConfig;
import dev.postern.store.StoreConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * A configuration file that was read without an error.
 *
 * @param file as it was named
 * @param warnings what works, but should be otherwise
 */
public record Configuration(
    Path file,
    GatewayConfig gateway,
    StoreConfig store,
    AdminConfig admin,
    List<ConfigProblem> warnings) {

  public Configuration {
    warnings = List.copyOf(warnings);
  }
}
