package dev.postern.deploy.cli;

import dev.postern.admin.AdminConfig;
import dev.postern.deploy.ConsoleLog;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.node.Inheritance;
import dev.postern.deploy.node.Node;
import dev.postern.deploy.node.PidFile;
import dev.postern.deploy.node.StopSignals;
import dev.postern.gateway.Gateway.Bound;
import dev.postern.gateway.Gateway.Newcomers;
import dev.postern.gateway.Gateway.Waiting;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.store.auth.Lane;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
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

  @Option(
      names = "--take-over",
      description = {
        "Take the place of the process that runs with this configuration: its listening",
        "sockets are handed over, so no client is refused, and it drains."
      })
  private boolean takesOver;

  ServeCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    ConsoleLog.serving();
    Configuration configuration = invocation.configurationToServe();
    ConsoleLog.write(configuration.log());
    // Whoever restarts has mail to serve: some clients still take an expired certificate.
    configuration.certificates().stream()
        .flatMap(certificate ->
            certificate.problem(invocation.surroundings().clock().instant()).stream())
        .forEach(invocation::warn);
    StopSignals stop = invocation.surroundings().requests().stop();
    // Before anything slow: where nobody hears it, a SIGHUP ends the process.
    ReloadRequests reloads = new ReloadRequests();
    invocation.surroundings().requests().onReload(reloads::add);
    try (Inheritance inheritance = inheritance(configuration);
        Node node =
            Node.start(configuration, inheritance.sockets(), invocation.surroundings().clock())) {
      // For the ways to end that raise no signal we wait for, such as a closed terminal.
      Thread hook = new Thread(node::close, "close-at-exit");
      Runtime.getRuntime().addShutdownHook(hook);
      inheritance.started();
      announce(node, configuration.admin());
      run(node, configuration, stop, reloads);
      Hooks.remove(hook);
    }
    invocation.output().note("stopped");
    return 0;
  }

  private Inheritance inheritance(Configuration configuration) {
    Map<String, String> environment = invocation.surroundings().environment();
    if (takesOver) {
      Optional<Inheritance> predecessors =
          Inheritance.fromPredecessor(Inheritance.place(configuration, environment));
      if (predecessors.isPresent()) {
        return predecessors.get();
      }
      invocation.output().note("there is no running process to take over from");
    }
    return Inheritance.fromSystemd(environment);
  }

  private void run(
      Node node, Configuration configuration, StopSignals stop, ReloadRequests reloads) {
    Optional<PidFile> written = pidFile.map(this::writePid);
    CompletableFuture<Void> succeeded;
    try {
      reloads.meetBy(node.followConfiguration(invocation.loader()));
      succeeded =
          node.offerTakeOver(
              Inheritance.place(configuration, invocation.surroundings().environment()));
      // Before the other process hears that we know, and writes its own.
      var _ = succeeded.thenRun(() -> written.ifPresent(PidFile::close));
      ready();
      CompletableFuture.anyOf(stop.asked(), succeeded).join();
    } finally {
      written.ifPresent(PidFile::close);
    }
    if (succeeded.isDone()) {
      invocation.output().note("another process has taken over");
      node.drain(Newcomers.SERVED_ELSEWHERE, stop.asked(), this::waiting);
    } else {
      invocation.output().note("stopping");
      node.drain(Newcomers.TURNED_AWAY, stop.askedAgain(), this::waiting);
    }
  }

  private void waiting(Waiting waiting) {
    invocation
        .output()
        .note(
            "waiting for %d sessions and %d logins, for %d s at most; stop again to end them now"
                .formatted(
                    waiting.sessions(), waiting.beforeLogin(), waiting.atMost().toSeconds()));
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

  private void announce(Node node, AdminConfig config) {
    for (Bound bound : node.gateway().listeners()) {
      String protocol = bound.listener().protocol().word();
      String tls = bound.listener().tls().name().toLowerCase(Locale.ROOT);
      listening(protocol, tls, bound.listener().lane(), bound.address());
    }
    InetSocketAddress admin = node.adminServer().adminAddress();
    InetSocketAddress metrics = node.adminServer().metricsAddress();
    listening("admin", tls(config.admin()), Lane.ORDINARY, admin);
    config.metrics().ifPresent(bind -> listening("metrics", tls(bind), Lane.ORDINARY, metrics));
    config
        .authService()
        .ifPresent(bind ->
            node.adminServer()
                .authServiceAddress()
                .ifPresent(
                    address -> listening("auth-service", tls(bind), Lane.ORDINARY, address)));
  }

  private static String tls(AdminConfig.Bind bind) {
    return (bind.security().isTls() ? Listener.Tls.IMPLICIT : Listener.Tls.NONE)
        .name()
        .toLowerCase(Locale.ROOT);
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
            "listening %-12s %-8s %s%s"
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
