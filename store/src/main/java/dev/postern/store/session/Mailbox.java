package dev.postern.store.session;

import java.util.Optional;

/**
 * Where a session's mail is.
 *
 * @param upstream its name in the configuration
 * @param host the server
 * @param name what we log in for there; empty if the user who had it was erased
 */
public record Mailbox(String upstream, String host, Optional<String> name) {}
