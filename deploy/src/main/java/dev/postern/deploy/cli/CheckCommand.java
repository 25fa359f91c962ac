package dev.postern.deploy.cli;

import dev.postern.deploy.config.CertificateTerm;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigProblem;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.Gateway;
import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayException;
import dev.postern.store.Store;
import dev.postern.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern check}: whether the configuration can be served. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Check the configuration and every file it names.",
      "With --connect: the database and every upstream as well."
    },
    footer = {"", "Example:", "  postern check --connect --config /etc/postern/postern.yaml"})
final class CheckCommand implements Callable<Integer> {
  private static final Duration PROBE = Duration.ofSeconds(10);

  private final Invocation invocation;

  @Option(names = "--connect", description = "Connect to the database and to every upstream.")
  private boolean isConnecting;

  CheckCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    Path file = invocation.configFile();
    Configuration configuration = invocation.configurationToServe();
    GatewayConfig gateway = configuration.gateway();
    boolean isWell = true;
    for (CertificateTerm certificate : configuration.certificates()) {
      isWell &= checkTerm(certificate);
    }
    isWell &= checkTls(gateway);
    if (isConnecting) {
      isWell &= checkDatabase(configuration);
      for (UpstreamHealth upstream : Gateway.probe(gateway, PROBE)) {
        isWell &=
            part(
                "upstream " + upstream.upstream() + " " + upstream.protocol().word(),
                upstream.isUp(),
                upstream.detail());
      }
    }
    ObjectNode json =
        Output.object()
            .put("file", file.toString())
            .put("isWell", isWell)
            .put("listeners", gateway.listeners().size())
            .put("upstreams", gateway.upstreams().size());
    String size =
        count(gateway.listeners().size(), "listener")
            + ", "
            + count(gateway.upstreams().size(), "upstream");
    invocation
        .output()
        .result(json, file + (isWell ? ": good (" + size + ")" : ": see above for what to do"));
    return isWell ? 0 : 1;
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private boolean checkTerm(CertificateTerm certificate) {
    Optional<ConfigProblem> problem =
        certificate.problem(invocation.surroundings().clock().instant());
    problem.ifPresent(bad -> invocation.output().problem("certificate", bad));
    return problem.isEmpty();
  }

  /** What only those settle who serve, such as which keys old devices may have. */
  private boolean checkTls(GatewayConfig gateway) {
    try {
      Gateway.checkTls(gateway);
      return true;
    } catch (GatewayException bad) {
      invocation.output().failure("certificate", String.valueOf(bad.getMessage()), bad.remedy());
      return false;
    }
  }

  private boolean checkDatabase(Configuration configuration) {
    try (Store store = invocation.openStore(configuration)) {
      return part("database", store.isDatabaseUp(), "it does not answer");
    } catch (StoreException trouble) {
      return part("database", false, trouble.getMessage() + "; " + trouble.remedy());
    }
  }

  private boolean part(String name, boolean isUp, String detail) {
    ObjectNode json = Output.object().put("part", name).put("isUp", isUp);
    json.put("detail", isUp ? "" : detail);
    invocation.output().result(json, name + ": " + (isUp ? "good" : "DOWN: " + detail));
    return isUp;
  }
}
