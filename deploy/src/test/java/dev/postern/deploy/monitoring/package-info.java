/**
 * What is shipped for Prometheus and Grafana, against what a server shows: {@link
 * dev.postern.deploy.monitoring.Shipped} reads it, {@link dev.postern.deploy.monitoring.Expression}
 * takes its expressions apart. Prometheus itself is asked among the tests with real peers.
 */
@NullMarked
package dev.postern.deploy.monitoring;

import org.jspecify.annotations.NullMarked;
