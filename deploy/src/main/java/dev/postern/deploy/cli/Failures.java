package dev.postern.deploy.cli;

import dev.postern.admin.AdminException;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigProblem;
import dev.postern.gateway.GatewayException;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Turns every way in which a command can fail into words. */
final class Failures {
  private Failures() {}

  /** Prints what went wrong, one line for each thing. */
  static void report(Throwable failure, Output output) {
    switch (failure) {
      case ConfigException bad -> problems(bad.problems(), output);
      case CommandFailure own -> output.failure(own.error(), own.detail(), own.remedy());
      case RefusedException refused ->
          output.failure(refused.code().word(), message(refused), refused.remedy());
      case StoreException trouble -> output.failure("store", message(trouble), trouble.remedy());
      case GatewayException trouble ->
          output.failure("gateway", message(trouble), trouble.remedy());
      case AdminException trouble -> output.failure("admin", message(trouble), trouble.remedy());
      default -> {
        LoggerFactory.getLogger(Failures.class).error("A command failed unexpectedly", failure);
        output.failure(
            "internal",
            "this should not happen: " + failure,
            "please report it with the lines above");
      }
    }
  }

  private static void problems(List<ConfigProblem> problems, Output output) {
    for (ConfigProblem problem : problems) {
      output.problem("configuration", problem);
    }
  }

  private static String message(RuntimeException failure) {
    return String.valueOf(failure.getMessage());
  }
}
