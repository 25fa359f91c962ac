package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontEvent.Crowd;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.observe.Session;
import java.util.List;
import java.util.function.Supplier;

/**
 * One listener with the protocol that is spoken behind it.
 *
 * @param announcement asked anew for each connection
 */
public record FrontDoor<C>(
    Listener listener, MailProtocol<C> protocol, Supplier<Announcement> announcement) {

  SessionFacts facts(LoginServices services, List<String> extensions, Session session) {
    return new SessionFacts(
        listener.name().orElse(services.serverName()),
        switch (listener.tls()) {
          case IMPLICIT -> SessionFacts.Tls.ON;
          case STARTTLS -> SessionFacts.Tls.REQUIRED;
          case NONE -> SessionFacts.Tls.OFF;
        },
        extensions,
        services.limits().beforeLoginErrors(),
        services.help(),
        session.id(),
        switch (listener.lane()) {
          case ORDINARY -> false;
          case LEGACY -> true;
        },
        services.connections().isTrusted(session.peer().getAddress()));
  }

  /** What a client reads in place of a greeting; empty if the protocol has nothing to say. */
  String noRoom(LoginServices services, Crowd crowd) {
    SessionFacts facts =
        new SessionFacts(
            services.serverName(),
            SessionFacts.Tls.OFF,
            List.of(),
            services.limits().beforeLoginErrors());
    return protocol.front().apply(facts).on(new FrontEvent.NoRoom(crowd))
            instanceof FrontStep.HangUp(String text)
        ? text
        : "";
  }

  Session.Tls tls() {
    return switch (listener.tls()) {
      case IMPLICIT -> Session.Tls.IMPLICIT;
      case STARTTLS -> Session.Tls.STARTTLS;
      case NONE -> Session.Tls.NONE;
    };
  }
}
