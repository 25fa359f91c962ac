package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Scope;
import java.util.function.Function;

/**
 * All that the shared core may know of a protocol.
 *
 * @param <C> the protocol's sealed command type
 * @param scope what an app password must allow; its word is also the protocol's name in
 *     configuration and metrics
 * @param decoder a new decoder for each connection
 * @param front a new front dialogue for each connection
 * @param upstream a new upstream dialogue for each login
 * @param trace what of a login a trace may show
 * @param tap watches a session after its login, where that is wanted
 */
public record MailProtocol<C>(
    Scope scope,
    Function<SessionFacts, CommandDecoder<C>> decoder,
    Function<SessionFacts, FrontDialogue<C>> front,
    Function<UpstreamPlan, UpstreamDialogue> upstream,
    TraceWords<C> trace,
    Function<UpstreamSession, Tap> tap) {}
