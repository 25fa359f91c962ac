package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client of OpenSSL that was at one node comes to the other. */
@Tag("peers")
class TicketsOnTwoNodesTest {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  @Test
  void aSessionThatBeganAtOneNodeIsTakenUpAtTheOther() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      Path session = folder.path().resolve("session.pem");
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        assertThat(client(one, "-tls1_3", "-sess_out", session.toString()))
            .contains("New, TLSv1.3");
        assertThat(client(two, "-tls1_3", "-sess_in", session.toString()))
            .contains("Reused, TLSv1.3");

        assertThat(client(one, "-tls1_2", "-sess_out", session.toString()))
            .contains("New, TLSv1.2")
            .doesNotContain("TLS session ticket:");
        assertThat(client(one, "-tls1_2", "-sess_in", session.toString())).contains("New, TLSv1.2");
      }
    }
  }

  private static String client(PosternServer node, String... options) {
    List<String> command =
        new ArrayList<>(
            List.of("openssl", "s_client", "-connect", "127.0.0.1:" + node.imaps(), "-ign_eof"));
    command.addAll(List.of(options));
    return Program.run(command, "a LOGOUT\r\n", LONGEST, Map.of()).out();
  }
}
