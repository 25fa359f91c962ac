package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.store.auth.Scope;

/** One upstream in one protocol. */
record UpstreamTarget(String upstream, Scope protocol, Endpoint endpoint) {}
