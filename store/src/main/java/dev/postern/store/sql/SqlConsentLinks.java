package dev.postern.store.sql;

import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.AuthorizationCodes;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.GivenConsent;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.Objection;
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
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/** Links as rows. */
final class SqlConsentLinks implements ConsentLinks {
  private static final String TABLE = "oauth_links";
  private static final int STATE_BYTES = 32;

  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final SecretBox secretBox;
  private final AuthorizationCodes codes;
  private final OAuthAccounts accounts;
  private final ChangeLog changeLog;
  private final RandomGenerator random;

  SqlConsentLinks(
      Database database,
      Writes writes,
      UserTable users,
      SecretBox secretBox,
      AuthorizationCodes codes,
      OAuthAccounts accounts,
      ChangeLog changeLog,
      RandomGenerator random) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.secretBox = secretBox;
    this.codes = codes;
    this.accounts = accounts;
    this.changeLog = changeLog;
    this.random = random;
  }

  @Override
  public URI make(OAuthClient client, String typed, URI redirect, ConsentOwner owner, Actor actor)
      throws TokenTroubleException {
    LoginName name = UserTable.name(typed);
    // Before anybody asks the provider for its page.
    User _ =
        database.read(
            handle -> users.byName(handle, name).orElseThrow(() -> UserTable.unknown(name)));
    byte[] bytes = new byte[STATE_BYTES];
    random.nextBytes(bytes);
    String state = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    CodeVerifier verifier = new CodeVerifier();
    URI page = codes.page(client, state, verifier, redirect, owner.mailbox());
    String digest = digest(state);
    return writes.run((handle, _) -> {
      User user = users.lock(handle, name);
      long endsAt = now(handle) + LIFE.toMillis();
      String agreed = new Agreed(redirect, owner, actor.who(), endsAt, verifier.getValue()).text();
      try (Secret secret = Secret.ofText(agreed)) {
        int _ =
            handle
                .createUpdate(
                    """
                    INSERT INTO oauth_links (state_digest, user_id, upstream, sealed, ends_at)
                    VALUES (:digest, :user, :upstream, :sealed, :endsAt)
                    """)
                .bind("digest", digest)
                .bind("user", user.id())
                .bind("upstream", client.upstream())
                .bind(
                    "sealed",
                    secretBox.seal(secret, place(digest, user.id(), client.upstream())).text())
                .bind("endsAt", endsAt)
                .execute();
      }
      changeLog.write(handle, actor, writes.now(), made(user, client.upstream()));
      return page;
    });
  }

  /** Of the link itself nothing: whoever has it connects a mailbox. */
  private static ChangeLog.Entry made(User user, String upstream) {
    return new ChangeLog.Entry(
        "oauth.link",
        new Subject("user", user.id(), Optional.of(user.name()), Optional.of(user.id())),
        Optional.empty(),
        Optional.of(Snapshot.start().text("upstream", upstream).end()),
        Optional.empty());
  }

  private long now(Handle handle) {
    return handle
        .createQuery("SELECT <now>")
        .define("now", database.dialect().now())
        .mapTo(Long.class)
        .one();
  }

  /**
   * What a link was made with; only together, and sealed, it decides anything.
   *
   * @param madeBy on record as well; here for nodes of the version before
   * @param endsAt by the database's clock
   */
  private record Agreed(
      URI redirect, ConsentOwner owner, String madeBy, long endsAt, String verifier) {

    String text() {
      return String.join(
          "\n",
          redirect.toString(),
          owner.mailbox().replace('\n', ' '),
          Boolean.toString(owner.isUnnamedTaken()),
          madeBy.replace('\n', ' '),
          Long.toString(endsAt),
          verifier);
    }

    static Agreed of(Secret sealed) {
      List<String> lines =
          sealed.expose(bytes -> new String(bytes, StandardCharsets.UTF_8)).lines().toList();
      return new Agreed(
          URI.create(lines.get(0)),
          new ConsentOwner(lines.get(1), Boolean.parseBoolean(lines.get(2))),
          lines.get(3),
          Long.parseLong(lines.get(4)),
          lines.get(5));
    }

    @Override
    public String toString() {
      return "Agreed[***]";
    }
  }

  @Override
  public boolean isWaiting(String state) {
    String digest = digest(state);
    return database.read(handle -> isThere(handle, digest));
  }

  /** A link that was taken out. */
  private record Row(String userId, String upstream, String sealed, long now) {}

  @Override
  public Outcome follow(String state, Brought brought, Collection<OAuthClient> clients) {
    String digest = digest(state);
    // Strangers come here: only for a link that there is does anybody wait for the writer.
    Optional<Row> taken =
        database.read(handle -> isThere(handle, digest))
            ? database.write(handle -> take(handle, digest))
            : Optional.empty();
    if (taken.isEmpty()) {
      return new Outcome.NoSuchLink();
    }
    if (brought.error().isPresent()) {
      return refused(brought.error().get());
    }
    Row row = taken.get();
    Optional<OAuthClient> client =
        clients.stream().filter(known -> known.upstream().equals(row.upstream())).findFirst();
    Optional<User> user = database.read(handle -> users.byId(handle, row.userId()));
    if (client.isEmpty() || user.isEmpty()) {
      return new Outcome.NoSuchLink();
    }
    try {
      codes.requireIssuer(client.get(), brought.issuer());
    } catch (TokenTroubleException e) {
      return new Outcome.Failed(e.trouble());
    }
    return traded(digest, row, client.get(), user.get(), brought.code().orElseThrow());
  }

  private static Outcome refused(String error) {
    return AuthorizationCodes.trouble(error)
        .<Outcome>map(Outcome.Failed::new)
        .orElseGet(
            () -> new Outcome.Declined(error.matches("[a-z_]{1,40}") ? error : "no_error_code"));
  }

  private static boolean isThere(Handle handle, String digest) {
    return handle
        .createQuery("SELECT 1 FROM oauth_links WHERE state_digest = :digest")
        .bind("digest", digest)
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** Takes a link out, so that nobody follows it again. */
  private Optional<Row> take(Handle handle, String digest) {
    return handle
        .createQuery(
            """
            DELETE FROM oauth_links WHERE state_digest = :digest
            RETURNING user_id, upstream, sealed, <now> AS moment
            """)
        .define("now", database.dialect().now())
        .bind("digest", digest)
        .map((row, _) ->
            new Row(
                row.getString("user_id"),
                row.getString("upstream"),
                row.getString("sealed"),
                row.getLong("moment")))
        .findOne();
  }

  private Outcome traded(String digest, Row row, OAuthClient client, User user, Secret code) {
    try (Secret opened =
        secretBox.open(new Sealed(row.sealed(), place(digest, row.userId(), row.upstream())))) {
      Agreed agreed = Agreed.of(opened);
      return row.now() < agreed.endsAt()
          ? connected(agreed, client, user, code)
          : new Outcome.NoSuchLink();
    } catch (SealBrokenException | StoreException | RefusedException e) {
      return new Outcome.Failed(new TokenTrouble(Kind.STORE, String.valueOf(e.getMessage())));
    } catch (TokenTroubleException e) {
      return new Outcome.Failed(e.trouble());
    }
  }

  private Outcome connected(Agreed agreed, OAuthClient client, User user, Secret code)
      throws TokenTroubleException {
    GivenConsent consent =
        codes.trade(client, code, agreed.redirect(), new CodeVerifier(agreed.verifier()));
    Minted minted = consent.minted();
    try {
      Optional<Objection> objection = agreed.owner().objection(consent);
      return objection.isPresent()
          ? new Outcome.Unfit(objection.get())
          : new Outcome.Connected(
              accounts.connect(
                  user.name(),
                  client.upstream(),
                  minted,
                  new Actor(user.name(), "user", Channel.LINK)));
    } finally {
      minted.refreshToken().ifPresent(Secret::close);
      minted.accessToken().close();
    }
  }

  /** Takes away what nobody followed in time. */
  static void dropOld(Handle handle, Dialect dialect) {
    handle
        .createUpdate("DELETE FROM oauth_links WHERE ends_at \\<= <now>")
        .define("now", dialect.now())
        .execute();
  }

  /** Takes away those that are sealed under a key which is to be used no more; how many. */
  static int dropUnder(Handle handle, String sealingKey) {
    String beginning = KeyUses.sealedBeginning(sealingKey);
    return handle
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
