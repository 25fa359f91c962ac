package dev.postern.store.sql;

import dev.postern.store.StoreException;
import dev.postern.store.oauth.AccessTokens;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthClient;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts consents now and then, and tells whoever shows that. Every upstream that wants consent is
 * told of, also while nobody has given one. Safe for use by several threads.
 */
final class ConsentCounting {
  static final int SECONDS = 60;
  private static final Logger log = LoggerFactory.getLogger(ConsentCounting.class);

  private final Database database;
  private final OAuthAccountTable table;
  private final AccessTokens tokens;
  private List<OAuthAccountTable.Count> last = List.of();
  private Consumer<List<ConsentCount>> listener = _ -> {};
  private boolean isHeldUp;

  ConsentCounting(Database database, OAuthAccountTable table, AccessTokens tokens) {
    this.database = database;
    this.table = table;
    this.tokens = tokens;
  }

  /** From now on that one is told, and nobody else: at once what is known, and each minute. */
  synchronized void tell(Consumer<List<ConsentCount>> next) {
    listener = next;
    next.accept(counts());
  }

  /** Counts; while that is not possible, the last numbers stay. */
  synchronized void run() {
    try {
      last = database.read(table::counts);
      isHeldUp = false;
    } catch (StoreException e) {
      if (!isHeldUp) {
        log.warn("consents are not counted: {}", e.getMessage());
      }
      isHeldUp = true;
    }
    listener.accept(counts());
  }

  private List<ConsentCount> counts() {
    return tokens.wantingConsent().stream()
        .map(OAuthClient::upstream)
        .flatMap(upstream ->
            Stream.of(State.CONNECTED, State.NEEDS_CONSENT)
                .map(state -> new ConsentCount(upstream, state, number(upstream, state))))
        .toList();
  }

  private long number(String upstream, State state) {
    return last.stream()
        .filter(count -> count.upstream().equals(upstream) && count.state().equals(state.word()))
        .mapToLong(OAuthAccountTable.Count::number)
        .sum();
  }
}
