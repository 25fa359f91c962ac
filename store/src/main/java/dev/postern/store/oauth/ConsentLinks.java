package dev.postern.store.oauth;

import dev.postern.store.Actor;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;

/**
 * Links by which people consent in a browser that comes back to us, RFC 6749 §4.1 with PKCE, RFC
 * 7636. Each can be followed once, on any node. Methods block: on the database, and for up to the
 * time that an exchange with the provider may take.
 */
public interface ConsentLinks {

  /** Until a link ends. */
  Duration LIFE = Duration.ofMinutes(15);

  /**
   * A link for a user.
   *
   * @param redirect where the browser comes back to, as it is registered at the provider
   * @param owner whose consent is taken; the person is asked as that one
   * @return where to send the person
   * @throws TokenTroubleException if the provider has no page for that
   * @throws dev.postern.store.RefusedException {@code NOT_FOUND} if there is no such user
   */
  URI make(OAuthClient client, String user, URI redirect, ConsentOwner owner, Actor actor)
      throws TokenTroubleException;

  /**
   * Whether a link waits: nobody has followed it yet, and it is still there.
   *
   * @param state of the page that {@link #make} gave
   */
  boolean isWaiting(String state);

  /** What came of a link. */
  sealed interface Outcome {
    record Connected(OAuthAccount account) implements Outcome {}

    /** There is no such link, or it has ended, or it was followed before. */
    record NoSuchLink() implements Outcome {}

    /**
     * The person, or the provider for him, said no.
     *
     * @param code in the provider's words; letters and underscores
     */
    record Declined(String code) implements Outcome {}

    /** The person consented, and to what connects nothing. */
    record Unfit(Objection objection) implements Outcome {}

    /** No token came of it. */
    record Failed(TokenTrouble trouble) implements Outcome {}
  }

  /**
   * What the browser brings back from the provider.
   *
   * @param code what is traded for tokens; empty if there is none. Whoever made this closes it
   * @param error what the provider says in its place; one of the two is there
   * @param issuer who the provider says it is, RFC 9207
   */
  record Brought(Optional<Secret> code, Optional<String> error, Optional<String> issuer) {
    public Brought {
      if (code.isEmpty() && error.isEmpty()) {
        throw new IllegalArgumentException("neither a code nor an error");
      }
    }
  }

  /**
   * The browser has come back.
   *
   * @param clients who may have made the link
   */
  Outcome follow(String state, Brought brought, Collection<OAuthClient> clients);
}
