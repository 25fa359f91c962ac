package dev.postern.gateway;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.SigningKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How we log in at an upstream. */
public sealed interface LoginMethod {

  /**
   * Dovecot's master user.
   *
   * @param separator empty: SASL PLAIN with an authorisation identity; else the login name is user,
   *     separator, master
   */
  record MasterUser(String user, Secret password, Optional<String> separator)
      implements LoginMethod {}

  /** Each user's own password, sealed in the store. */
  record StoredPassword() implements LoginMethod {}

  /** None of ours: it takes people's own passwords alone, as long as those may be used. */
  record PassThrough() implements LoginMethod {}

  /** One account there for everybody: whoever gets there uses that mailbox. */
  record Fixed(String user, Secret password) implements LoginMethod {}

  /**
   * No credential: the upstream believes what we say by XCLIENT LOGIN. Submission alone. The
   * upstream takes our connection for ours by its address or by our certificate.
   */
  record Trusted() implements LoginMethod {}

  /**
   * An access token of a provider.
   *
   * @param files that the client was read from
   */
  record OAuth2(OAuthClient client, Quirks quirks, List<Path> files) implements LoginMethod {
    public OAuth2 {
      files = List.copyOf(files);
    }

    /** Of a client without files. */
    public OAuth2(OAuthClient client, Quirks quirks) {
      this(client, quirks, List.of());
    }
  }

  /**
   * A token that we sign for each login, which the server believes because it knows our key.
   *
   * @param issuer who we say we are
   * @param audience whom we say it is for; empty: the host of the URL that is connected to
   * @param files that the key was read from
   */
  record SignedToken(SigningKey key, String issuer, Optional<String> audience, List<Path> files)
      implements LoginMethod {
    public SignedToken {
      files = List.copyOf(files);
    }
  }

  /**
   * What is peculiar about a server that takes tokens.
   *
   * @param isXoauth2First whether XOAUTH2 is used where OAUTHBEARER is offered as well
   * @param isMailboxProbed whether, after a login by IMAP, it must show that the mailbox is there
   * @param doSessionsEndWithToken whether it cuts sessions when the token ends, so that new ones
   *     begin with a token that has long to go
   */
  record Quirks(boolean isXoauth2First, boolean isMailboxProbed, boolean doSessionsEndWithToken) {
    public static final Quirks NONE = new Quirks(false, false, false);
  }
}
