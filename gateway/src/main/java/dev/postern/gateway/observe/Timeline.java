package dev.postern.gateway.observe;

import java.time.Duration;
import java.util.Optional;

/**
 * When things happened on a connection, since it was accepted; what did not happen is empty. Of
 * several logins it is the last.
 *
 * @param tls a TLS handshake was done
 * @param login the first byte of its credentials came
 * @param verify it was known whether they are right, or that the upstream is to say so
 * @param upstream we were logged in at the upstream
 * @param relay the first byte was relayed
 * @param end the connection was closed
 */
public record Timeline(
    Optional<Duration> tls,
    Optional<Duration> login,
    Optional<Duration> verify,
    Optional<Duration> upstream,
    Optional<Duration> relay,
    Duration end) {}
