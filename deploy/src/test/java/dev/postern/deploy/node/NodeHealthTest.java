package dev.postern.deploy.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeHealthTest {
  @Test
  void aNodeThatDrainsIsNotReadyAndSaysWhy() {
    NodeHealth health = new NodeHealth();
    health.draining();

    assertThat(health.parts())
        .anyMatch(part -> part.name().equals("draining") && part.isNeeded() && !part.isUp());
  }

  @Test
  void aNodeThatIsStillStartingIsNotReady() {
    assertThat(new NodeHealth().parts()).anyMatch(part -> part.isNeeded() && !part.isUp());
  }
}
