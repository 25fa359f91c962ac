/**
 * Metrics and health over HTTP, on loopback: {@link dev.postern.admin.AdminServer} starts the
 * listeners, {@code Routes} is the whole URL table, {@code HttpListener} bounds the work. Sees the
 * store and never the gateway, of which it learns through {@link dev.postern.admin.HealthSource}.
 */
@NullMarked
package dev.postern.admin;

import org.jspecify.annotations.NullMarked;
