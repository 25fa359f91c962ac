package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamStep;

/**
 * Hears what is said between us and an upstream, on the event loop; neither method closes anything.
 */
interface UpstreamTalk {
  /** Nobody listens. */
  UpstreamTalk UNHEARD =
      new UpstreamTalk() {
        @Override
        public void sent(UpstreamStep step) {}

        @Override
        public void heard(String line) {}
      };

  /** We are about to do that; a secret in it is still there. */
  void sent(UpstreamStep step);

  /**
   * The server said that.
   *
   * @param line as in {@link dev.postern.gateway.dialogue.UpstreamDialogue#line}
   */
  void heard(String line);
}
