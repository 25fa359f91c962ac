package dev.postern.deploy.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Where the store keeps its data, before the password is known. */
sealed interface DatabaseUrl {
  record SqliteFile(Path file) implements DatabaseUrl {}

  record PostgresServer(URI url) implements DatabaseUrl {}

  static ValueReader<DatabaseUrl> reader(References references) {
    return text -> {
      if (text.startsWith("sqlite:")) {
        return sqlite(text.substring("sqlite:".length()), references);
      }
      if (text.startsWith("postgresql:")) {
        return postgres(text);
      }
      throw new BadValue(
          "\"" + withoutPassword(text) + "\" is no database that Postern knows",
          "write sqlite:FILE or postgresql://USER@HOST/DATABASE");
    };
  }

  private static SqliteFile sqlite(String file, References references) throws BadValue {
    if (file.isBlank() || file.startsWith(":") || file.startsWith("//") || file.contains("?")) {
      throw new BadValue("\"sqlite:" + file + "\" names no file", "write sqlite:postern.db");
    }
    return new SqliteFile(references.path(file));
  }

  private static PostgresServer postgres(String text) throws BadValue {
    String form = "write postgresql://USER@HOST[:PORT]/DATABASE";
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException bad) {
      throw new BadValue(
          "\"" + withoutPassword(text) + "\" is not a URL: " + bad.getReason(), form);
    }
    if (url.getHost() == null || url.getPort() > 65_535) {
      throw new BadValue("\"" + withoutPassword(text) + "\" names no valid host", form);
    }
    if (url.getUserInfo() == null || url.getUserInfo().isEmpty()) {
      throw new BadValue("names no database user", form);
    }
    if (url.getUserInfo().contains(":")) {
      throw new BadValue(
          "has a password in the URL", "take it out and set store.password: \"${file:PATH}\"");
    }
    if (url.getPath() == null || url.getPath().length() < 2) {
      throw new BadValue("names no database", form);
    }
    String host = url.getHost().replaceAll("^\\[|]$", "");
    Optional<String> mode =
        parameters(url).stream()
            .filter(parameter -> parameter.startsWith("sslmode="))
            .map(parameter -> parameter.substring("sslmode=".length()))
            .findFirst();
    if (!Loopback.isLoopback(host) && !mode.equals(Optional.of("verify-full"))) {
      throw new BadValue(
          "the connection to " + host + " would not be proven to be the right server",
          "append ?sslmode=verify-full (and sslrootcert=FILE for a private CA)");
    }
    return new PostgresServer(url);
  }

  private static List<String> parameters(URI url) {
    return url.getRawQuery() == null ? List.of() : Arrays.asList(url.getRawQuery().split("&", -1));
  }

  private static String withoutPassword(String text) {
    return text.replaceFirst("//.*@", "//…@");
  }
}
