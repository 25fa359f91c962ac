package dev.postern.store.sql;

import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import dev.postern.store.Actor;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.AuthorizationCodes;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/** Links as rows. */
final class SqlConsentLinks implements ConsentLinks {
  private static final String TABLE = "oauth_links";
  private static final int STATE_BYTES = 32;

  private final Database database;
  private final UserTable users;
  private final SecretBox secretBox;
  private final AuthorizationCodes codes;
  private final OAuthAccounts accounts;
  private final RandomGenerator random;

  SqlConsentLinks(
      Database database,
      UserTable users,
      SecretBox secretBox,
      AuthorizationCodes codes,
      OAuthAccounts accounts,
      RandomGenerator random) {
    this.database = database;
    this.users = users;
    this.secretBox = secretBox;
    this.codes = codes;
    this.accounts = accounts;
    this.random = random;
  }

  @Override
  public URI make(
      OAuthClient client, String typed, URI redirect, boolean isOtherMailbox, Actor actor)
      throws TokenTroubleException {
    LoginName name = UserTable.name(typed);
    User user =
        database.read(
            handle -> users.byName(handle, name).orElseThrow(() -> UserTable.unknown(name)));
    byte[] bytes = new byte[STATE_BYTES];
    random.nextBytes(bytes);
    String state = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    CodeVerifier verifier = new CodeVerifier();
    URI page = codes.page(client, state, verifier, redirect, ConsentOwner.expected(user));
    String digest = digest(state);
    String sealed;
    try (Secret secret = Secret.ofText(verifier.getValue())) {
      sealed = secretBox.seal(secret, place(digest, user.id(), client.upstream())).text();
    }
    database.write(handle ->
        handle
            .createUpdate(
                """
                INSERT INTO oauth_links (state_digest, user_id, upstream, redirect, other_mailbox,
                    sealed, made_by, ends_at)
                VALUES (:digest, :user, :upstream, :redirect, :other, :sealed, :by, <now> + :life)
                """)
            .define("now", database.dialect().now())
            .bind("digest", digest)
            .bind("user", user.id())
            .bind("upstream", client.upstream())
            .bind("redirect", redirect.toString())
            .bind("other", isOtherMailbox ? 1 : 0)
            .bind("sealed", sealed)
            .bind("by", actor.who())
            .bind("life", LIFE.toMillis())
            .execute());
    return page;
  }

  /** What a link was made with. */
  private record Row(
      String userId,
      String upstream,
      URI redirect,
      boolean isOtherMailbox,
      String sealed,
      String madeBy) {}

  @Override
  public Outcome follow(
      String state,
      Optional<String> code,
      Optional<String> error,
      Collection<OAuthClient> clients) {
    String digest = digest(state);
    Optional<Row> taken = database.write(handle -> take(handle, digest));
    if (taken.isEmpty()) {
      return new Outcome.NoSuchLink();
    }
    if (error.isPresent() || code.isEmpty()) {
      return new Outcome.Declined(
          error.filter(text -> text.matches("[a-z_]{1,40}")).orElse("no_code"));
    }
    Row row = taken.get();
    Optional<OAuthClient> client =
        clients.stream().filter(known -> known.upstream().equals(row.upstream())).findFirst();
    Optional<User> user = database.read(handle -> users.byId(handle, row.userId()));
    if (client.isEmpty() || user.isEmpty()) {
      return new Outcome.NoSuchLink();
    }
    return traded(digest, row, client.get(), user.get(), code.get());
  }

  /** Takes a link out, so that nobody follows it again. */
  private Optional<Row> take(Handle handle, String digest) {
    return handle
        .createQuery(
            """
            DELETE FROM oauth_links WHERE state_digest = :digest AND ends_at > <now>
            RETURNING user_id, upstream, redirect, other_mailbox, sealed, made_by
            """)
        .define("now", database.dialect().now())
        .bind("digest", digest)
        .map((row, _) ->
            new Row(
                row.getString("user_id"),
                row.getString("upstream"),
                URI.create(row.getString("redirect")),
                row.getInt("other_mailbox") == 1,
                row.getString("sealed"),
                row.getString("made_by")))
        .findOne();
  }

  private Outcome traded(String digest, Row row, OAuthClient client, User user, String code) {
    try (Secret verifier =
        secretBox.open(new Sealed(row.sealed(), place(digest, row.userId(), row.upstream())))) {
      Minted consent =
          codes.trade(
              client,
              code,
              row.redirect(),
              new CodeVerifier(
                  verifier.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII))));
      try {
        return row.isOtherMailbox() || ConsentOwner.isSame(user, consent.subject())
            ? new Outcome.Connected(
                accounts.connect(
                    user.name(), row.upstream(), consent, new Actor(row.madeBy(), "admin", "link")))
            : new Outcome.OtherMailbox(ConsentOwner.expected(user), consent.subject());
      } finally {
        consent.refreshToken().ifPresent(Secret::close);
        consent.accessToken().close();
      }
    } catch (SealBrokenException e) {
      return new Outcome.Failed(new TokenTrouble(Kind.STORE, String.valueOf(e.getMessage())));
    } catch (TokenTroubleException e) {
      return new Outcome.Failed(e.trouble());
    }
  }

  /** Takes away what nobody followed in time. */
  static void dropOld(Handle handle, Dialect dialect) {
    handle
        .createUpdate("DELETE FROM oauth_links WHERE ends_at \\<= <now>")
        .define("now", dialect.now())
        .execute();
  }

  /** Takes away those that are sealed under a key which is to be used no more. */
  static void dropUnder(Handle handle, String sealingKey) {
    String beginning = KeyUses.sealedBeginning(sealingKey);
    handle
        .createUpdate("DELETE FROM oauth_links WHERE substr(sealed, 1, :length) = :beginning")
        .bind("length", beginning.length())
        .bind("beginning", beginning)
        .execute();
  }

  private static String digest(String state) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(state.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private static Sealed.Place place(String digest, String userId, String upstream) {
    return new Sealed.Place(TABLE, digest, userId, upstream, "sealed", 0);
  }
}
