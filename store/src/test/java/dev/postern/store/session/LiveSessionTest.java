package dev.postern.store.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LiveSessionTest {
  private static final InetSocketAddress SOMEWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 4);

  private final List<Optional<String>> told = new ArrayList<>();
  private final LiveSession session =
      new LiveSession(
          new SessionStart("s1", "u1", "ap_1", Scope.IMAP, SOMEWHERE, SOMEWHERE, "", Instant.EPOCH),
          _ -> {},
          ended -> told.add(ended.end()));

  @Test
  void theFirstReasonStays() {
    session.close("client-closed");
    session.close("kicked");

    assertThat(session.end()).contains("client-closed");
    assertThat(told).containsExactly(Optional.of("client-closed"), Optional.of("client-closed"));
  }

  @Test
  void aLoginThatCameToNothingHasNone() {
    session.close();

    assertThat(told).containsExactly(Optional.empty());
  }
}
