package dev.postern.deploy.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeHealthTest {
  @Test
  void aNodeThatIsStillStartingIsNotReady() {
    assertThat(new NodeHealth().parts()).anyMatch(part -> part.isNeeded() && !part.isUp());
  }
}
