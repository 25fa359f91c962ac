package dev.postern.gateway.net;

/**
 * A mailbox at an upstream.
 *
 * @param name as the upstream knows it
 */
record UpstreamMailbox(String upstream, String name) {}
