package dev.postern.admin;

import java.util.Map;

/**
 * Headers of every answer: nothing is kept, framed, sniffed, run or read from another site's page.
 */
final class SecurityHeaders {
  static final Map<String, String> ALL =
      Map.of(
          "Cache-Control", "no-store",
          "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Referrer-Policy", "no-referrer",
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY");

  private SecurityHeaders() {}
}
