package dev.postern.gateway.observe;

import java.time.Duration;
import java.util.Optional;

/**
 * How a connection went, told when it is over.
 *
 * @param user normalised name, once a login was accepted
 * @param credentialId the app password that was used
 * @param upstream where its mail came from, once routed
 * @param reason one word, see {@link EndReason}
 * @param tlsFailure why TLS failed, if that was the reason; one word
 * @param up bytes relayed to the upstream
 * @param down bytes relayed to the client
 * @param duration since the connection was accepted
 */
public record SessionEnd(
    Optional<String> user,
    Optional<String> credentialId,
    Optional<String> upstream,
    EndReason reason,
    Optional<String> tlsFailure,
    long up,
    long down,
    Duration duration) {}
