package dev.postern.deploy.config;

import dev.postern.store.SecretUrl;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.SigningRules;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A key of a service account, as Google writes it into a JSON file.
 *
 * @param account who signs
 */
record ServiceAccountFile(
    String account, PrivateKey key, Optional<String> keyId, URI tokenEndpoint) {
  private static final Pattern KEY = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END");
  private static final String REMEDY =
      "download a JSON key of the service account (Google Cloud: IAM, Service Accounts, Keys)";

  OAuthFlow.ServiceAccount flow() {
    return new OAuthFlow.ServiceAccount(account, key, keyId);
  }

  static ServiceAccountFile read(Path file) throws BadValue {
    JsonNode json;
    try {
      json = JsonMapper.shared().readTree(References.read(file));
    } catch (JacksonException _) {
      throw new BadValue(file + " is not JSON", REMEDY);
    }
    String account = json.path("client_email").asString("");
    URI endpoint = endpoint(file, json.path("token_uri").asString(""));
    if (account.isBlank()) {
      throw new BadValue(file + " has no client_email", REMEDY);
    }
    return new ServiceAccountFile(
        account,
        key(file, json.path("private_key").asString("")),
        Optional.of(json.path("private_key_id").asString("")).filter(id -> !id.isEmpty()),
        endpoint);
  }

  private static URI endpoint(Path file, String text) throws BadValue {
    try {
      URI endpoint = URI.create(text);
      if (SecretUrl.isFit(endpoint)) {
        return endpoint;
      }
    } catch (IllegalArgumentException _) {
      // The same as none.
    }
    throw new BadValue(file + " has no token_uri that is https", REMEDY);
  }

  private static PrivateKey key(Path file, String pem) throws BadValue {
    Matcher matcher = KEY.matcher(pem);
    if (matcher.find()) {
      try {
        PrivateKey key =
            KeyFactory.getInstance("RSA")
                .generatePrivate(
                    new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1))));
        SigningRules.requireRsa(key);
        return key;
      } catch (InvalidKeyException unfit) {
        throw new BadValue(file + " has a private_key that " + unfit.getMessage(), REMEDY);
      } catch (GeneralSecurityException | IllegalArgumentException _) {
        // The same as none.
      }
    }
    throw new BadValue(file + " has no private_key that is a PKCS#8 key for RSA", REMEDY);
  }

  @Override
  public String toString() {
    return "ServiceAccountFile[" + account + "]";
  }
}
