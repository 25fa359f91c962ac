package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.Verifier;
import dev.postern.store.oauth.TokenSource;
import java.time.Clock;
import java.util.function.Supplier;

/**
 * What every connection needs on its way to a login; the same for all of them.
 *
 * @param serverName for greetings
 * @param help what the site adds to refusals
 * @param tokens for upstreams that want one
 * @param signIns for what the verifier does not see; it notes its own
 * @param sessionIds a new short random id at each call
 */
public record LoginServices(
    String serverName,
    Help help,
    Limits limits,
    Verifier verifier,
    SignInLog signIns,
    UpstreamRouting routing,
    UpstreamLogins connector,
    TokenSource tokens,
    MailboxLogins mailboxes,
    LiveSessions live,
    Roster roster,
    ConnectionCaps connections,
    SessionCaps sessions,
    TlsContexts contexts,
    SessionEvents events,
    LoginTraces traces,
    Clock clock,
    Supplier<String> sessionIds) {}
