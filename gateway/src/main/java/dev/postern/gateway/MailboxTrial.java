package dev.postern.gateway;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.Scope;
import java.util.Optional;

/**
 * What became of a login at an upstream that nobody but us wanted.
 *
 * @param upstream empty if no route leads from the user to one
 * @param protocol empty likewise: then none was tried
 * @param mailbox its name there; empty if that is not known
 * @param failure why it failed; empty if it did not
 */
public record MailboxTrial(
    String user,
    String upstream,
    Optional<Scope> protocol,
    String mailbox,
    Optional<UpstreamFailure> failure) {}
