package dev.postern.admin.view;

import dev.postern.store.auth.Scope;
import java.util.List;

/**
 * An upstream as the configuration has it.
 *
 * @param loginMethod the word there
 * @param takesConsent whether users consent there
 */
public record UpstreamSettings(
    String name, String loginMethod, boolean takesConsent, List<Endpoint> endpoints) {

  public UpstreamSettings {
    endpoints = List.copyOf(endpoints);
  }

  /**
   * Where it speaks a protocol.
   *
   * @param url as in the configuration: {@code imaps://HOST:PORT}
   */
  public record Endpoint(Scope protocol, String url) {}
}
