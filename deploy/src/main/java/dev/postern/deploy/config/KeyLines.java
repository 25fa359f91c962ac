package dev.postern.deploy.config;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Reads key lines. */
final class KeyLines {
  private KeyLines() {}

  static List<StoreConfig.Key> parse(Secret lines) throws BadValue {
    List<StoreConfig.Key> keys = new ArrayList<>();
    String text = lines.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
    for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
      List<String> parts = List.of(line.strip().split(" ", 2));
      if (parts.size() != 2) {
        throw new BadValue("holds a line that is no key", "write: id base64(32 bytes)");
      }
      keys.add(
          new StoreConfig.Key(
              parts.get(0), Secret.owning(Base64.getDecoder().decode(parts.get(1)))));
    }
    if (keys.isEmpty()) {
      throw new BadValue("holds no key", "write: id base64(32 bytes)");
    }
    return keys;
  }
}
