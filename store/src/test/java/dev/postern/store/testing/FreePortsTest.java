package dev.postern.store.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void givesEachPortOnce() throws IOException {
    List<Integer> given = FreePorts.take(3);

    assertThat(FreePorts.from(given.getFirst(), 3)).doesNotContainAnyElementsOf(given);
    for (int port : given) {
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
  }

  @Test
  void passesOverWhatIsListenedAtAndWhatAnotherProcessWasPromised() throws IOException {
    int free = FreePorts.one();
    List<Integer> next = List.of(free + 1, free + 2);
    InetAddress here = InetAddress.getLoopbackAddress();
    try (ServerSocket _ = new ServerSocket(next.getFirst(), 1, here);
        DatagramSocket _ = new DatagramSocket(new InetSocketAddress(here, next.getLast()))) {
      assertThat(FreePorts.from(free + 1, 1)).doesNotContainAnyElementsOf(next);
    }
  }
}
