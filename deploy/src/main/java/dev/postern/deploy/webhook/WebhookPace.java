package dev.postern.deploy.webhook;

import java.time.Duration;

/**
 * How hard a receiver is tried.
 *
 * @param tries of one event, in all
 * @param first pause after a try in vain; each further one is twice as long
 * @param longest of these pauses
 * @param exchange for one try
 * @param look pause between two looks into the database
 */
record WebhookPace(int tries, Duration first, Duration longest, Duration exchange, Duration look) {

  /** 15 tries in an hour and a half. */
  static final WebhookPace USUAL =
      new WebhookPace(
          15,
          Duration.ofSeconds(2),
          Duration.ofMinutes(15),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1));

  /**
   * After so many tries in vain.
   *
   * @param failed at least 1
   */
  Duration pause(int failed) {
    Duration pause = first;
    for (int i = 1; i < failed && pause.compareTo(longest) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(longest) > 0 ? longest : pause;
  }
}
