package dev.postern.deploy;

import dev.postern.store.testing.ThreatsContract;

/** What the page on threats says of this module is so. */
class ThreatsTest extends ThreatsContract {
  ThreatsTest() {
    super("deploy");
  }
}
