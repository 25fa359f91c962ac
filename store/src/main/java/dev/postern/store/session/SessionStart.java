package dev.postern.store.session;

import dev.postern.store.auth.Scope;
import java.net.InetSocketAddress;
import java.time.Instant;

/**
 * What is known of a session from its beginning.
 *
 * @param id short and random, as in the log of its node
 * @param peer the client's address, after any trusted proxy header
 * @param local the address that the client connected to, likewise
 * @param clientName what the client calls itself; may be empty
 */
public record SessionStart(
    String id,
    String userId,
    String credentialId,
    Scope protocol,
    InetSocketAddress peer,
    InetSocketAddress local,
    String clientName,
    Instant since) {}
