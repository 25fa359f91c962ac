/**
 * Tests against what operators and users really have: Dovecot, Postfix, Prometheus, systemd, curl,
 * swaks and Python's mail libraries. All are tagged {@code peers}; {@code ./verify} installs what
 * they need and runs them.
 *
 * <p>Each peer runs as a child of the test, on free loopback ports, with its configuration, data
 * and log in a folder of its own. Postfix and Dovecot start as root alone: their masters give every
 * process another user.
 */
@NullMarked
package dev.postern.deploy.peers;

import org.jspecify.annotations.NullMarked;
