package dev.postern.gateway.observe;

import java.util.Optional;

/**
 * How a connection went, told when it is over.
 *
 * @param user normalised name, once a login was accepted
 * @param credentialId the app password that was used
 * @param upstream where its mail came from, once routed
 * @param upstreamHost the server's name there, as configured
 * @param reason one word, see {@link EndReason}
 * @param refusal why the last login came to nothing, if it did; one word, as on record
 * @param tlsFailure why TLS failed, if that was the reason; one word
 * @param up bytes relayed to the upstream
 * @param down bytes relayed to the client
 */
public record SessionEnd(
    Optional<String> user,
    Optional<String> credentialId,
    Optional<String> upstream,
    Optional<String> upstreamHost,
    EndReason reason,
    Optional<String> refusal,
    Optional<String> tlsFailure,
    long up,
    long down,
    Timeline timeline) {}
