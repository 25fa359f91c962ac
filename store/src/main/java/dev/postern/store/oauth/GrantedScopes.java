package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.Scope;
import java.util.List;
import java.util.Set;

/** Which of the scopes that were asked for a token answer grants, RFC 6749 §3.3 and §5.1. */
final class GrantedScopes {
  /** They open no mailbox: what they are for shows in the answer itself. */
  private static final Set<String> OF_THE_PERSON =
      Set.of("openid", "email", "profile", "offline_access");

  /** Of Microsoft: whatever was granted before, and no scope by itself. */
  private static final String DEFAULT = "/.default";

  private GrantedScopes() {}

  /** Those that were not granted; none where the answer does not say. */
  static List<String> missing(OAuthClient client, AccessTokenResponse response) {
    Scope granted = response.getTokens().getAccessToken().getScope();
    if (granted == null) {
      return List.of();
    }
    List<String> words = granted.toStringList();
    return client.scopes().stream()
        .filter(asked -> !OF_THE_PERSON.contains(asked) && !asked.endsWith(DEFAULT))
        .filter(asked -> words.stream().noneMatch(word -> isSame(asked, word)))
        .toList();
  }

  /** Providers answer with the long form or the short one, whichever was asked for. */
  private static boolean isSame(String asked, String granted) {
    String end = end(asked);
    return asked.equals(granted) || (!end.isEmpty() && end.equals(end(granted)));
  }

  /** Behind the last slash; nothing is there in {@code https://mail.google.com/}. */
  private static String end(String scope) {
    return scope.substring(scope.lastIndexOf('/') + 1);
  }
}
