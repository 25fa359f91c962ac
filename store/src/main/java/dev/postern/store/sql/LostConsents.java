package dev.postern.store.sql;

import dev.postern.store.oauth.LostConsent;
import dev.postern.store.oauth.TokenAccount;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whoever wants to know of consents that this node has noted down as ended, with the user's
 * name. What fails here keeps nobody from his answer.
 */
final class LostConsents implements BiConsumer<TokenAccount.OfUser, String> {
  private static final Logger LOG = LoggerFactory.getLogger(LostConsents.class);

  private final Database database;
  private final UserTable users;
  private final Clock clock;
  private final List<Consumer<LostConsent>> listeners = new CopyOnWriteArrayList<>();

  LostConsents(Database database, UserTable users, Clock clock) {
    this.database = database;
    this.users = users;
    this.clock = clock;
  }

  void add(Consumer<LostConsent> listener) {
    listeners.add(listener);
  }

  @Override
  public void accept(TokenAccount.OfUser account, String reason) {
    if (listeners.isEmpty()) {
      return;
    }
    try {
      database
          .read(handle -> users.byId(handle, account.userId()))
          .map(user -> new LostConsent(user.name(), account.upstream(), reason, clock.instant()))
          .ifPresent(lost -> listeners.forEach(listener -> listener.accept(lost)));
    } catch (RuntimeException e) {
      LOG.warn(
          "nobody was told that user {} must consent again at {}: {}",
          account.userId(),
          account.upstream(),
          e.getMessage());
    }
  }
}
