package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A process whose limit on file descriptors is reached. */
@Tag("peers")
class FewDescriptorsTest {
  private static final Pattern SOFT_LIMIT =
      Pattern.compile("^Max open files +([0-9]+) ", Pattern.MULTILINE);

  @Test
  void whoIsInsideStaysAndWhoComesWaitsUntilThereAreSome() throws IOException {
    PeerFolder folder = PeerFolder.make();
    PeerCertificates certificates = PeerCertificates.make(folder.path());
    try (folder;
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, certificates, mail.upstreams(), "  database: \"sqlite:postern.db\"");
      try (PosternServer postern = site.serve("few");
          ImapSession inside = loggedIn(site, postern)) {
        // Classes that lie in folders, as here, take a descriptor each when they are first used.
        assertThat(inside.ask("NOOP")).startsWith("a OK");
        Path process = Path.of("/proc/" + postern.process().pid());
        String usual = softLimit(process);
        limit(postern, String.valueOf(firstFree(process)));
        List<Socket> clients = new ArrayList<>();
        // More than one, since a descriptor may be given back meanwhile.
        await()
            .until(() ->
                clients.add(new Socket(InetAddress.getLoopbackAddress(), postern.imapInClear()))
                    && postern.process().printed().contains("cannot accept connections on"));
        try (Socket waiting = clients.getLast()) {
          waiting.setSoTimeout(30_000);
          assertThat(inside.ask("NOOP")).startsWith("a OK");

          limit(postern, usual);

          assertThat(new String(waiting.getInputStream().readNBytes(4), StandardCharsets.US_ASCII))
              .isEqualTo("* OK");
        }
        for (Socket client : clients) {
          client.close();
        }
        assertThat(postern.process().printed()).doesNotContain("\tat ");
        assertThat(inside.ask("NOOP")).startsWith("a OK");
      }
    }
  }

  private static ImapSession loggedIn(PosternSite site, PosternServer postern) {
    Account alice = site.account("alice@example.test");
    return ImapSession.attempt(postern.imapInClear(), alice);
  }

  private static void limit(PosternServer postern, String descriptors) {
    Program.run(
            "prlimit",
            "--pid",
            String.valueOf(postern.process().pid()),
            "--nofile=" + descriptors + ":")
        .succeeded();
  }

  private static String softLimit(Path process) throws IOException {
    Matcher limit = SOFT_LIMIT.matcher(Files.readString(process.resolve("limits")));
    assertThat(limit.find()).isTrue();
    return limit.group(1);
  }

  /** Below it every number is in use. */
  private static int firstFree(Path process) throws IOException {
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      Set<Integer> numbers =
          open.map(link -> Integer.parseInt(String.valueOf(link.getFileName())))
              .collect(Collectors.toSet());
      return IntStream.iterate(0, number -> number + 1)
          .filter(number -> !numbers.contains(number))
          .findFirst()
          .orElseThrow();
    }
  }
}
