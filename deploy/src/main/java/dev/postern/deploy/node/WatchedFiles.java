package dev.postern.deploy.node;

import dev.postern.admin.HttpSecurity;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a configuration file, and the certificates, keys and CAs that it names, looked at one moment.
 * Links are followed, so that a switched link counts as a change.
 *
 * @param stamps empty for a file that is not there
 */
record WatchedFiles(Map<Path, Optional<Stamp>> stamps) {

  private record Stamp(FileTime modified, long size, Object key) {}

  /** As they are now. */
  static WatchedFiles of(Configuration configuration) {
    return new WatchedFiles(
        Stream.of(
                Stream.of(configuration.file()),
                configuration.gateway().certificates().stream().flatMap(WatchedFiles::both),
                configuration.gateway().listeners().stream()
                    .map(Listener::certificate)
                    .flatMap(Optional::stream)
                    .flatMap(WatchedFiles::both),
                configuration.gateway().upstreams().values().stream()
                    .flatMap(WatchedFiles::ofUpstream),
                Stream.of(
                        Stream.of(configuration.admin().admin()),
                        configuration.admin().metrics().stream(),
                        configuration.admin().authService().stream())
                    .flatMap(binds -> binds)
                    .flatMap(bind -> ofHttp(bind.security())))
            .flatMap(files -> files)
            .distinct()
            .collect(Collectors.toMap(file -> file, WatchedFiles::stamp)));
  }

  /** The same files, as they are now. */
  WatchedFiles again() {
    Map<Path, Optional<Stamp>> now = new TreeMap<>();
    stamps.keySet().forEach(file -> now.put(file, stamp(file)));
    return new WatchedFiles(now);
  }

  /** The same files; those that were looked at earlier, as they were then. */
  WatchedFiles as(WatchedFiles earlier) {
    Map<Path, Optional<Stamp>> then = new TreeMap<>(stamps);
    then.replaceAll((file, now) -> earlier.stamps.getOrDefault(file, now));
    return new WatchedFiles(then);
  }

  private static Stream<Path> ofUpstream(Upstream upstream) {
    Stream<Path> ofLogin =
        switch (upstream.login()) {
          case LoginMethod.OAuth2(var _, var _, List<Path> files) -> files.stream();
          case LoginMethod.SignedToken(var _, var _, var _, List<Path> files) -> files.stream();
          case LoginMethod.MasterUser _,
              LoginMethod.StoredPassword _,
              LoginMethod.PassThrough _,
              LoginMethod.Fixed _,
              LoginMethod.Trusted _ ->
              Stream.empty();
        };
    return Stream.of(
            upstream.trust().stream(),
            upstream.clientCertificate().stream().flatMap(WatchedFiles::both),
            ofLogin)
        .flatMap(files -> files);
  }

  private static Stream<Path> ofHttp(HttpSecurity security) {
    return switch (security) {
      case HttpSecurity.Clear _ -> Stream.empty();
      case HttpSecurity.Tls tls ->
          Stream.concat(Stream.of(tls.certificate(), tls.privateKey()), tls.clientCa().stream());
    };
  }

  private static Stream<Path> both(CertificateFiles files) {
    return Stream.of(files.certificate(), files.privateKey());
  }

  private static Optional<Stamp> stamp(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(
          new Stamp(
              now.lastModifiedTime(), now.size(), Objects.requireNonNullElse(now.fileKey(), "")));
    } catch (IOException _) {
      return Optional.empty();
    }
  }
}
