package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Timeouts;
import io.netty.bootstrap.Bootstrap;
import java.util.random.RandomGenerator;

/**
 * What all logins at upstreams are made with.
 *
 * @param bootstrap of connections, without a handler
 * @param random for the length of pauses; safe for use by several threads
 */
record LoginMeans(
    TlsContexts contexts,
    Timeouts timeouts,
    Bootstrap bootstrap,
    NameResolver names,
    AddressOrder order,
    RandomGenerator random) {}
