package dev.postern.deploy.starter;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.Provider;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What stands in a new site where only its operator knows what belongs there. */
public final class Placeholders {
  static final String CLIENT_SECRET = "put-the-client-secret-here";
  private static final String TENANT = "example.onmicrosoft.com";
  private static final Set<String> CLIENT_IDS =
      Set.of("00000000-0000-0000-0000-000000000000", "0-example.apps.googleusercontent.com");

  private Placeholders() {}

  /**
   * A key that nobody has filled in.
   *
   * @param key such as {@code tenant}, of {@code login}
   * @param remedy what to do
   */
  public record Left(String key, String remedy) {}

  /** Those that are left of a registration, in the order in which they are written. */
  public static List<Left> left(OAuthClient client) {
    List<Left> left = new ArrayList<>();
    if (client.provider() instanceof Provider.Known(URI token, var _, var _)
        && token.getPath().startsWith("/" + TENANT + "/")) {
      left.add(new Left("tenant", "write your organisation's tenant id or domain"));
    }
    if (CLIENT_IDS.contains(client.clientId())) {
      left.add(new Left("client-id", "write the id that the registration has at the provider"));
    }
    if (client.credential() instanceof ClientCredential.SharedSecret(Secret secret, var _)
        && isPlaceholder(secret)) {
      left.add(
          new Left("client-secret", "put the registration's secret into the file that it names"));
    }
    return left;
  }

  private static boolean isPlaceholder(Secret secret) {
    try (Secret placeholder = Secret.ofText(CLIENT_SECRET)) {
      return secret.matches(placeholder);
    }
  }
}
