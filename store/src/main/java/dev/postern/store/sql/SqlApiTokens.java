package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.ApiTokens;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.access.TokenBook;
import dev.postern.store.access.TokenDigest;
import dev.postern.store.access.TokenText;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Keeps API tokens in the database. */
final class SqlApiTokens implements ApiTokens {
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST_DOMAIN = 255;

  private final Database database;
  private final Writes writes;
  private final ApiTokenTable table;
  private final ApiTokenFollowing following;
  private final ApiTokenUses uses;
  private final TokenBook book;
  private final TokenDigest digest;
  private final ChangeLog changeLog;
  private final SecureRandom random;

  SqlApiTokens(
      Database database,
      Writes writes,
      ApiTokenTable table,
      ApiTokenFollowing following,
      ApiTokenUses uses,
      TokenBook book,
      TokenDigest digest,
      ChangeLog changeLog,
      SecureRandom random) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.following = following;
    this.uses = uses;
    this.book = book;
    this.digest = digest;
    this.changeLog = changeLog;
    this.random = random;
  }

  @Override
  public IssuedApiToken create(NewApiToken spec, Actor actor) {
    Instant now = writes.now();
    Secret text = TokenText.make(random);
    try {
      ApiTokenRow row =
          new ApiTokenRow(
              fresh(TokenText.id(text), spec, now, actor), digest.store(text), Optional.empty());
      ApiTokenRow made =
          writes.run((handle, changes) -> {
            table.lockAll(handle);
            requireRoom(table.working(handle, now).all(), row.token().name());
            table.insert(handle, row);
            record(handle, actor, now, "create", Optional.empty(), row, Optional.empty());
            changes.accept(new Change.ApiTokens());
            return row;
          });
      following.committed(made);
      return new IssuedApiToken(made.token(), text);
    } catch (RuntimeException e) {
      text.close();
      throw e;
    }
  }

  private static ApiToken fresh(String id, NewApiToken spec, Instant now, Actor actor) {
    return new ApiToken(
        id,
        AppPasswordPolicy.text(spec.name(), LONGEST_NAME, "the name"),
        spec.role(),
        domains(spec),
        now,
        actor.who(),
        spec.expiresAt().map(at -> expiry(at, now)),
        Optional.empty(),
        Optional.empty(),
        1);
  }

  private static Set<String> domains(NewApiToken spec) {
    if (spec.role() != Role.ISSUER && !spec.domains().isEmpty()) {
      throw new RefusedException(
          Code.INVALID,
          "domains are for issuers: a token of the role " + spec.role().word() + " has none",
          "Leave the domains out, or make an issuer.");
    }
    if (spec.role() == Role.ISSUER && spec.domains().isEmpty()) {
      throw new RefusedException(
          Code.INVALID,
          "an issuer makes app passwords for users of given domains, and none is given",
          "Name at least one domain.");
    }
    if (spec.domains().size() > MOST_DOMAINS) {
      throw new RefusedException(
          Code.INVALID,
          "there are more than " + MOST_DOMAINS + " domains",
          "Make several tokens of them.");
    }
    return spec.domains().stream()
        .map(SqlApiTokens::domain)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String domain(String typed) {
    String domain = SqlPolicies.domain(typed);
    if (domain.length() > LONGEST_DOMAIN) {
      throw new RefusedException(
          Code.INVALID,
          "a domain has at most " + LONGEST_DOMAIN + " characters",
          "Look whether it was typed as it is.");
    }
    return domain;
  }

  private static Instant expiry(Instant at, Instant now) {
    if (!at.isAfter(now)) {
      throw new RefusedException(
          Code.INVALID, "the expiry " + at + " is in the past", "Name a moment in the future.");
    }
    if (at.isAfter(now.plus(AppPasswordPolicy.LONGEST))) {
      throw new RefusedException(
          Code.INVALID,
          "the expiry " + at + " is more than a hundred years away",
          "Name an earlier one, or say that it never ends.");
    }
    return at.truncatedTo(ChronoUnit.MILLIS);
  }

  private static void requireRoom(List<ApiTokenRow> working, String name) {
    if (working.stream().anyMatch(row -> row.token().name().equals(name))) {
      throw new RefusedException(
          Code.CONFLICT,
          "there is an API token with the name " + name + " already",
          "Choose another name, or revoke that one first.");
    }
    if (working.size() >= MOST) {
      throw new RefusedException(
          Code.LIMIT,
          "there are " + MOST + " API tokens already",
          "Revoke some that are not needed any more: postern token list");
    }
  }

  @Override
  public Optional<ApiToken> find(String id) {
    return database.read(handle -> table.find(handle, id)).map(ApiTokenRow::token);
  }

  @Override
  public List<ApiToken> list(String afterId, int limit) {
    if (limit < 1 || limit > LONGEST_PAGE) {
      throw new RefusedException(
          Code.INVALID, "a page has 1 to " + LONGEST_PAGE + " tokens", "Ask for that many.");
    }
    return database.read(handle -> {
      List<ApiToken> found = new ArrayList<>();
      Optional<String> after = Optional.of(afterId);
      for (int read = 0; after.isPresent() && found.size() < limit; read += limit) {
        new ApiTokenTable.Working(List.of(), read > ApiTokenTable.MOST_READ).all();
        String from = after.get();
        Optional<ApiTokenTable.Page> page = table.page(handle, from, limit - found.size());
        page.ifPresent(rows -> rows.genuine().forEach(row -> found.add(row.token())));
        // Forwards only: in a SQLite file what is no text comes last, and reads like any text.
        after = page.map(ApiTokenTable.Page::last).filter(last -> last.compareTo(from) > 0);
      }
      return found;
    });
  }

  @Override
  public ApiToken revoke(String id, String reason, Actor actor) {
    Optional<String> why =
        Optional.of(reason).filter(text -> !text.isBlank()).map(AppPasswordPolicy::reason);
    ApiTokenRow after =
        writes.run((handle, changes) -> {
          ApiTokenRow before = table.lock(handle, id).orElseThrow(() -> unknown(id));
          if (before.token().revokedAt().isPresent()) {
            return before;
          }
          Instant now = writes.now();
          ApiTokenRow ended = before.revoked(now, why);
          table.save(handle, ended);
          record(handle, actor, now, "revoke", Optional.of(before), ended, why);
          changes.accept(new Change.ApiTokens());
          return ended;
        });
    following.committed(after);
    return after.token();
  }

  private static RefusedException unknown(String id) {
    return new RefusedException(
        Code.NOT_FOUND, "there is no API token " + id, "See which there are: postern token list");
  }

  private void record(
      Handle handle,
      Actor actor,
      Instant now,
      String verb,
      Optional<ApiTokenRow> before,
      ApiTokenRow after,
      Optional<String> reason) {
    changeLog.write(handle, actor, now, entry(verb, before, after, reason));
  }

  /** For the audit. */
  static ChangeLog.Entry entry(
      String verb, Optional<ApiTokenRow> before, ApiTokenRow after, Optional<String> reason) {
    return new ChangeLog.Entry(
        "token." + verb,
        new Subject("token", after.id(), Optional.of(after.token().name()), Optional.empty()),
        before.map(ApiTokenRow::snapshot),
        Optional.of(after.snapshot()),
        reason);
  }

  @Override
  public Optional<ApiToken> check(Secret presented) {
    return book.check(presented);
  }

  @Override
  public void used(ApiToken token, InetAddress from) {
    uses.used(token.id(), new ApiToken.LastUse(writes.now(), from));
  }
}
