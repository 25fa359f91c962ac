package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.store.auth.Scope;
import java.util.Optional;

/**
 * One upstream in one protocol.
 *
 * @param proxyProtocol whether it expects a PROXY header before anything else
 */
record UpstreamTarget(
    String upstream, Scope protocol, Endpoint endpoint, Optional<ProxyProtocol> proxyProtocol) {}
