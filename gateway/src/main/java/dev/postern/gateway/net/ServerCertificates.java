package dev.postern.gateway.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The certificates that a listener may show. A client gets one for the name that it asks for;
 * without a name, or with another one, the first, or one beside it for the same names: one with an
 * EC key if the client takes that, else with an RSA key.
 *
 * @param all the usual one first
 */
record ServerCertificates(List<ServerTls> all) {

  /** A handler for a connection that begins so; empty hello: it could not be read. */
  SslHandler newHandler(ByteBufAllocator allocator, Optional<ClientHello> hello) {
    return choose(hello).newHandler(allocator, hello);
  }

  private ServerTls choose(Optional<ClientHello> hello) {
    ServerTls usual = all.getFirst();
    if (all.size() == 1) {
      return usual;
    }
    List<ServerTls> named =
        hello.flatMap(ClientHello::serverName).stream()
            .flatMap(name -> all.stream().filter(tls -> tls.isFor(name)))
            .toList();
    List<ServerTls> fitting =
        named.isEmpty()
            ? Stream.concat(
                    Stream.of(usual), all.stream().skip(1).filter(tls -> tls.isBeside(usual)))
                .toList()
            : named;
    return hello
        .flatMap(known -> fitting.stream().filter(tls -> tls.isEcFor(known)).findFirst())
        .or(() -> fitting.stream().filter(ServerTls::isRsa).findFirst())
        .orElse(fitting.getFirst());
  }
}
