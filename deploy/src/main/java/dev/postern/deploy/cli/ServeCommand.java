package dev.postern.deploy.cli;

import dev.postern.deploy.PlainLogging;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.node.Node;
import dev.postern.deploy.node.PidFile;
import dev.postern.gateway.Gateway.Bound;
import dev.postern.store.auth.Lane;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code postern serve}: runs until it is asked to stop. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = "Run the gateway and the admin server until Ctrl-C or SIGTERM.",
    footer = {"", "Example:", "  postern serve --config /etc/postern/postern.yaml"})
final class ServeCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Option(
      names = "--pid-file",
      paramLabel = "FILE",
      description = "Holds the process id as long as the server is ready.")
  private Optional<Path> pidFile = Optional.empty();

  ServeCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    PlainLogging.serving();
    Configuration configuration = invocation.configurationToServe();
    // Whoever restarts has mail to serve: some clients still take an expired certificate.
    configuration.certificates().stream()
        .flatMap(certificate ->
            certificate.problem(invocation.surroundings().clock().instant()).stream())
        .forEach(invocation::warn);
    try (Node node = Node.start(configuration, invocation.surroundings().clock())) {
      // For the ways to end that raise no signal we wait for, such as a closed terminal.
      Thread hook = new Thread(node::close, "close-at-exit");
      Runtime.getRuntime().addShutdownHook(hook);
      announce(node);
      run();
      Hooks.remove(hook);
    }
    invocation.output().note("stopped");
    return 0;
  }

  private void run() throws InterruptedException {
    Optional<PidFile> written = pidFile.map(this::writePid);
    try {
      ready();
      invocation.surroundings().stop().await();
      invocation.output().note("stopping");
    } finally {
      written.ifPresent(PidFile::close);
    }
  }

  private PidFile writePid(Path file) {
    Path target = invocation.path(file);
    try {
      return PidFile.write(target);
    } catch (UncheckedIOException trouble) {
      throw new CommandFailure(
          "io",
          "the process id cannot be written to " + target + ": " + trouble.getMessage(),
          "name a file in a folder that exists and is ours to write");
    }
  }

  private void announce(Node node) {
    for (Bound bound : node.gateway().listeners()) {
      String protocol = bound.listener().protocol().word();
      String tls = bound.listener().tls().name().toLowerCase(Locale.ROOT);
      listening(protocol, tls, bound.listener().lane(), bound.address());
    }
    InetSocketAddress admin = node.adminServer().adminAddress();
    InetSocketAddress metrics = node.adminServer().metricsAddress();
    listening("admin", "none", Lane.ORDINARY, admin);
    if (!metrics.equals(admin)) {
      listening("metrics", "none", Lane.ORDINARY, metrics);
    }
  }

  private void listening(String what, String tls, Lane lane, InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    String place = (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    invocation
        .output()
        .result(
            Output.object()
                .put("event", "listening")
                .put("protocol", what)
                .put("tls", tls)
                .put("lane", lane.word())
                .put("address", host)
                .put("port", address.getPort()),
            "listening %-10s %-8s %s%s"
                .formatted(
                    what,
                    tls,
                    place,
                    switch (lane) {
                      case ORDINARY -> "";
                      case LEGACY -> " (for old devices)";
                    }));
  }

  private void ready() {
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    long millis = invocation.surroundings().clock().millis() - started;
    long pid = ProcessHandle.current().pid();
    invocation
        .output()
        .result(
            Output.object().put("event", "ready").put("milliseconds", millis).put("pid", pid),
            "ready in " + millis + " ms, process " + pid);
  }
}
