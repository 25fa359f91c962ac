package dev.postern.store.event;

import java.time.Duration;

/**
 * One event for one receiver.
 *
 * @param id the same each time that it is sent, and the same for all receivers
 * @param event what it is called there
 * @param body what is sent
 * @param tries that were in vain so far
 * @param pause until the next try; zero or less: now
 */
public record Letter(
    String receiver, String id, String event, String body, int tries, Duration pause) {}
