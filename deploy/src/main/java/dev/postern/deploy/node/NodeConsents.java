package dev.postern.deploy.node;

import dev.postern.admin.ConsentDesk;
import dev.postern.store.Store;
import dev.postern.store.oauth.ConsentLinks.Brought;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import dev.postern.store.oauth.OAuthClient;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes up consent once the store is open. Safe for use by several threads. */
final class NodeConsents implements ConsentDesk {
  private static final Logger LOG = LoggerFactory.getLogger(NodeConsents.class);

  private volatile Optional<Store> store = Optional.empty();
  private volatile List<OAuthClient> clients = List.of();

  void started(Store opened) {
    store = Optional.of(opened);
  }

  /** These are what we are at providers from now on. */
  void follow(List<OAuthClient> known) {
    clients = known;
    store.ifPresent(opened -> opened.tokens().follow(known));
  }

  @Override
  public Optional<Outcome> follow(String state, Brought brought) {
    return store.map(opened -> {
      Outcome outcome = opened.consentLinks().follow(state, brought, clients);
      if (outcome instanceof Outcome.NoSuchLink) {
        LOG.debug("a link for consent was followed: {}", words(outcome));
      } else {
        LOG.info("a link for consent was followed: {}", words(outcome));
      }
      return outcome;
    });
  }

  static String words(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Connected(var account) ->
          account.user() + " is connected at " + account.upstream();
      case Outcome.NoSuchLink() -> "there is none such, or it was followed before";
      case Outcome.Declined(String code) -> "declined, " + code;
      case Outcome.Unfit(var objection) ->
          objection.word() + ": " + objection.detail() + "; " + objection.remedy();
      case Outcome.Failed(var trouble) -> trouble.kind().word() + ": " + trouble.detail();
    };
  }
}
