package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.ErrorObject;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An error that a provider names, RFC 6749 §5.2. Its prose is left out: it may quote what we sent.
 *
 * @param code such as {@code invalid_grant}
 * @param detail Microsoft's number, such as {@code AADSTS700082}, if there is one
 */
record ProviderError(String code, Optional<String> detail) {
  private static final Pattern CODE = Pattern.compile("[a-z_]{1,40}");
  private static final Pattern NUMBER = Pattern.compile("\\bAADSTS[0-9]{4,9}\\b");
  private static final Set<String> CONSENT =
      Set.of("invalid_grant", "interaction_required", "consent_required", "login_required");
  private static final Set<String> BUSY = Set.of("temporarily_unavailable", "server_error");

  /** Of Microsoft, wrapped in another code: what is wrong is our secret or our registration. */
  private static final Set<String> CLIENT_NUMBERS =
      Set.of("AADSTS7000215", "AADSTS7000222", "AADSTS700016", "AADSTS90002", "AADSTS700027");

  private static final Set<String> BUSY_NUMBERS = Set.of("AADSTS90033", "AADSTS90024");

  /** What is wrong is who we are, whatever we asked for, RFC 6749 §5.2. */
  private static final Set<String> CLIENT = Set.of("invalid_client", "unauthorized_client");

  static ProviderError of(ErrorObject error) {
    String code =
        Optional.ofNullable(error.getCode())
            .filter(text -> CODE.matcher(text).matches())
            .orElse("no_error_code");
    Matcher number = NUMBER.matcher(Optional.ofNullable(error.getDescription()).orElse(""));
    return new ProviderError(code, number.find() ? Optional.of(number.group()) : Optional.empty());
  }

  TokenTrouble.Kind kind() {
    if (detail.filter(CLIENT_NUMBERS::contains).isPresent()) {
      return TokenTrouble.Kind.CLIENT_REFUSED;
    }
    if (BUSY.contains(code) || detail.filter(BUSY_NUMBERS::contains).isPresent()) {
      return TokenTrouble.Kind.PROVIDER_BUSY;
    }
    if (CONSENT.contains(code)) {
      return TokenTrouble.Kind.CONSENT_ENDED;
    }
    return code.equals("invalid_client")
        ? TokenTrouble.Kind.CLIENT_REFUSED
        : TokenTrouble.Kind.GRANT_REFUSED;
  }

  /** Whether it is about our registration, and not about what we asked for. */
  boolean isOfClient() {
    return CLIENT.contains(code) || detail.filter(CLIENT_NUMBERS::contains).isPresent();
  }

  /** Whether it is about what we asked for, RFC 6749 §3.3. */
  boolean isOfScopes() {
    return code.equals("invalid_scope");
  }

  /** For a log: the codes. */
  String text() {
    return detail.map(number -> code + " " + number).orElse(code);
  }
}
