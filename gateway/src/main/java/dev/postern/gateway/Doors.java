package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.imap.Imap;
import dev.postern.gateway.net.Announcement;
import dev.postern.gateway.net.FrontDoor;
import dev.postern.gateway.net.UpstreamWatch;
import dev.postern.gateway.pop3.Pop3;
import dev.postern.gateway.pop3.Pop3Capabilities;
import dev.postern.gateway.smtp.Smtp;
import dev.postern.gateway.smtp.SmtpExtensions;
import dev.postern.store.auth.Scope;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is spoken behind each listener, and what its clients are promised there. */
final class Doors {

  /** Every protocol that can be spoken. */
  static final Map<Scope, MailProtocol<?>> PROTOCOLS =
      Stream.of(Scope.values())
          .collect(Collectors.toUnmodifiableMap(Function.identity(), Doors::protocol));

  private Doors() {}

  /** In the configuration's order. */
  static List<FrontDoor<?>> of(GatewayConfig config, UpstreamWatch watch) {
    return config.listeners().stream()
        .<FrontDoor<?>>map(listener ->
            new FrontDoor<>(
                listener,
                protocol(listener.protocol()),
                remembered(announcement(listener, watch), watch::edition)))
        .toList();
  }

  private static MailProtocol<?> protocol(Scope scope) {
    return switch (scope) {
      case IMAP -> Imap.PROTOCOL;
      case SUBMISSION -> Smtp.PROTOCOL;
      case POP3 -> Pop3.PROTOCOL;
    };
  }

  private record Made(long edition, Announcement announcement) {}

  /** Made anew when its reasons have changed, and not for each client. */
  private static Supplier<Announcement> remembered(
      Supplier<Announcement> announcement, LongSupplier edition) {
    AtomicReference<Made> last = new AtomicReference<>(new Made(-1, Announcement.NONE));
    return () -> {
      long now = edition.getAsLong();
      Made made = last.get();
      if (made.edition() != now) {
        made = new Made(now, announcement.get());
        last.set(made);
      }
      return made.announcement();
    };
  }

  /**
   * What can be announced depends on the upstreams, but for IMAP, which says more after login. SMTP
   * promises nothing but what is configured before all of them were asked.
   */
  private static Supplier<Announcement> announcement(Listener listener, UpstreamWatch watch) {
    return switch (listener.protocol()) {
      case SUBMISSION ->
          () -> {
            List<List<String>> offers =
                watch.isEachAsked(Scope.SUBMISSION, listener.upstream())
                    ? watch.offers(Scope.SUBMISSION, listener.upstream())
                    : List.of();
            List<String> lines = SmtpExtensions.announce(listener.extensions(), offers);
            return new Announcement(lines, SmtpExtensions.promised(lines), listener.extensions());
          };
      case POP3 ->
          () ->
              new Announcement(
                  Pop3Capabilities.announce(watch.offers(Scope.POP3, listener.upstream())),
                  List.of());
      case IMAP -> () -> Announcement.NONE;
    };
  }
}
