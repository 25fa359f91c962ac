package dev.postern.store.auth;

import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.StoredSecret.Over;
import dev.postern.store.seal.Sealed;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the cache keeps of a user under one login name: as much as logins need, in as few objects as
 * will do, since there may be a million of them. Immutable.
 *
 * <p>App passwords are numbered. Those in keyed form over our alphabet come first, and their tags
 * are one array, see {@link FlatTags}; then the others, of which the rows are kept.
 */
final class CachedUser {
  private static final byte SEPARATOR = '\n';

  /** In the place of the first id of users who have none, as long as one. */
  private static final byte[] NO_IDS =
      ("-".repeat(32) + (char) SEPARATOR).getBytes(StandardCharsets.ISO_8859_1);

  /** In the place of the terms of users who have no app password. */
  private static final Terms[] NO_TERMS = {Terms.ofNone()};

  private final long idHigh;
  private final long idLow;
  private final String name;
  private final @Nullable String upstream;
  private final @Nullable String upstreamUser;
  private final @Nullable String group;
  private final Map<String, Sealed> upstreamPasswords;
  private final byte[] credentialIds;

  /** At least one. */
  private final Terms[] terms;

  private final long[] tags;
  private final List<Credential> others;
  private final int size;
  private final int counter;
  private final int generation;
  private final boolean isDisabled;
  private final boolean isNobody;
  private final boolean hasOwn;

  private CachedUser(
      User user,
      String name,
      List<Credential> keyed,
      List<Credential> others,
      List<byte[]> tags,
      Map<String, Sealed> upstreamPasswords,
      int generation,
      boolean isNobody) {
    UserId id = UserId.parse(user.id());
    this.idHigh = id.high();
    this.idLow = id.low();
    this.name = name;
    this.upstream = user.upstream().map(String::intern).orElse(null);
    this.upstreamUser = user.upstreamUser().orElse(null);
    this.group = user.group().map(String::intern).orElse(null);
    this.upstreamPasswords = upstreamPasswords;
    List<Credential> all = new ArrayList<>(keyed);
    all.addAll(others);
    this.credentialIds = all.isEmpty() ? NO_IDS : joined(all);
    this.terms = all.isEmpty() ? NO_TERMS : all.stream().map(Terms::of).toArray(Terms[]::new);
    this.size = all.size();
    this.tags = FlatTags.of(tags);
    this.others = List.copyOf(others);
    this.counter = Generations.counterOf(user.id());
    this.generation = generation;
    this.isDisabled = user.disabled().isPresent();
    this.isNobody = isNobody;
    this.hasOwn = others.stream().anyMatch(other -> !other.isMachineMade());
  }

  /**
   * The rows that a login under a name may use.
   *
   * @param key the name in the cache, shared if it is the user's own
   * @param sole the app password whose own login name it is; then that alone, and its predecessor
   *     by rotation, which had the name before it and works on until the overlap ends
   * @param generation the count of changes of this user from before the rows were read
   */
  static CachedUser of(UserCredentials rows, String key, Optional<String> sole, int generation) {
    List<Credential> keyed = new ArrayList<>();
    List<byte[]> tags = new ArrayList<>();
    List<Credential> others = new ArrayList<>();
    for (Credential credential : candidates(rows.credentials(), sole)) {
      if (credential.stored().isPresent()
          && credential.stored().get() instanceof Keyed(String _, byte[] tag, Over over)
          && over == Over.ENTERED) {
        keyed.add(credential);
        tags.add(tag);
      } else {
        others.add(credential);
      }
    }
    User user = rows.user();
    return new CachedUser(
        user,
        user.name().equals(key) ? key : user.name(),
        keyed,
        others,
        tags,
        rows.upstreamPasswords(),
        generation,
        false);
  }

  private static List<Credential> candidates(List<Credential> all, Optional<String> sole) {
    if (sole.isEmpty()) {
      return all;
    }
    Optional<String> predecessor =
        all.stream()
            .filter(credential -> credential.appPassword().id().equals(sole.get()))
            .findFirst()
            .flatMap(Credential::replaces);
    return all.stream()
        .filter(credential ->
            credential.appPassword().id().equals(sole.get())
                || predecessor.filter(credential.appPassword().id()::equals).isPresent())
        .toList();
  }

  /** A user who does not exist, with one app password that nobody knows. */
  static CachedUser phantom(RandomGenerator random) {
    byte[] tag = new byte[Keyed.TAG_LENGTH];
    random.nextBytes(tag);
    User nobody =
        new User(
            new UserId(random.nextLong(), random.nextLong()).toString(),
            "",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            Instant.EPOCH,
            "",
            0);
    return new CachedUser(nobody, "", List.of(), List.of(), List.of(tag), Map.of(), 0, true);
  }

  String id() {
    return new UserId(idHigh, idLow).toString();
  }

  /** First half of the id as a number. */
  long idHigh() {
    return idHigh;
  }

  /** Second half of the id as a number. */
  long idLow() {
    return idLow;
  }

  /** The user's own name, whatever name led here. */
  String name() {
    return name;
  }

  /** Whether there is no such user. */
  boolean isNobody() {
    return isNobody;
  }

  Optional<String> group() {
    return Optional.ofNullable(group);
  }

  boolean isDisabled() {
    return isDisabled;
  }

  /** The tags of those in keyed form over our alphabet, see {@link FlatTags}. */
  long[] tags() {
    return tags;
  }

  /** Of an app password; for the first, if there is none, those of one with no scope. */
  Terms terms(int credential) {
    return terms[credential];
  }

  /** What people decided about the user or the app password. */
  Optional<RejectReason> ended(int credential, long now) {
    Optional<RejectReason> ended = terms[credential].ended(now);
    return ended.isEmpty() && isDisabled ? Optional.of(RejectReason.USER_DISABLED) : ended;
  }

  /** Whether the app password follows one that still works. */
  boolean isSuccession(int credential, long now) {
    String replaces = terms[credential].replaces();
    int predecessor = replaces == null ? -1 : number(replaces);
    return predecessor >= 0 && terms[predecessor].overlaps(now);
  }

  /** How many app passwords there are. */
  int size() {
    return size;
  }

  /** The number of the first whose stored form is kept as it is. */
  int firstOther() {
    return size - others.size();
  }

  /**
   * Which of those whose stored form is kept as it is work, and may be used so and from there: a
   * bit for each, the lowest for {@link #firstOther}.
   */
  BitSet fitting(Attempt attempt) {
    BitSet fitting = new BitSet();
    for (int number = firstOther(); number < size; number++) {
      Terms each = terms[number];
      fitting.set(
          number - firstOther(),
          each.state() == Terms.State.ACTIVE && each.outOfPlace(attempt).isEmpty());
    }
    return fitting;
  }

  /** Whether there is any that a comparison of tags does not reach. */
  boolean hasOthers() {
    return !others.isEmpty();
  }

  /** Whether there is any that a person made. */
  boolean hasOwn() {
    return hasOwn;
  }

  /**
   * The row of one of those.
   *
   * @param number at least {@link #firstOther}
   */
  Credential other(int number) {
    return others.get(number - firstOther());
  }

  /**
   * The form of an app password that a slow check tried.
   *
   * @param found its number; {@link FlatTags#NONE} for any that is there
   */
  VerificationTimes.Form slowForm(int found) {
    Credential tried = found < 0 ? others.getFirst() : other(found);
    return tried.stored().orElse(null) instanceof StoredSecret.Hardened
        ? VerificationTimes.Form.ARGON2ID
        : VerificationTimes.Form.IMPORTED;
  }

  /** All public ids, in one array that nobody changes: the same for the same app passwords. */
  byte[] credentialIds() {
    return credentialIds;
  }

  /**
   * The number here of one of another state's app passwords, if it is kept in the same form still;
   * -1 if not.
   */
  int numberOfSame(CachedUser before, int number) {
    int here = number(before.credentialId(number));
    return here >= firstOther() && other(here).stored().equals(before.other(number).stored())
        ? here
        : -1;
  }

  /** The public id of an app password; for the first, if there is none, something like it. */
  String credentialId(int credential) {
    int start = 0;
    for (int i = 0; i < credential; i++) {
      start = end(start) + 1;
    }
    return new String(credentialIds, start, end(start) - start, StandardCharsets.ISO_8859_1);
  }

  /** The number of the app password with that public id, -1 if there is none. */
  int number(String credentialId) {
    for (int i = 0; i < size; i++) {
      if (credentialId(i).equals(credentialId)) {
        return i;
      }
    }
    return -1;
  }

  Grant grant(int credential) {
    return grant(credentialId(credential), terms[credential].endsAt());
  }

  /** For the user's own password. */
  Grant ownGrant() {
    return grant(Grant.ownPassword(id()), Optional.empty());
  }

  private Grant grant(String credentialId, Optional<Instant> endsAt) {
    return new Grant(
        id(),
        name,
        credentialId,
        Optional.ofNullable(upstream),
        upstreamUser == null ? name : upstreamUser,
        upstreamUser != null,
        upstreamPasswords,
        endsAt);
  }

  /** Whether it is for the mailbox that the user is to be logged in to. */
  boolean isMailboxOf(Grant grant) {
    return grant.isSameMailbox(ownGrant());
  }

  /** Where the changes of this user are counted, see {@link Generations}. */
  int counter() {
    return counter;
  }

  /** Their count from before the rows were read. */
  int generation() {
    return generation;
  }

  /** Approximate bytes in memory. */
  int weight() {
    int weight = 150 + credentialIds.length + 8 * tags.length + 4 * terms.length;
    for (Terms each : terms) {
      weight += each.weight();
    }
    return weight + 700 * others.size() + 400 * upstreamPasswords.size();
  }

  private int end(int start) {
    int end = start;
    while (credentialIds[end] != SEPARATOR) {
      end++;
    }
    return end;
  }

  private static byte[] joined(List<Credential> credentials) {
    StringBuilder ids = new StringBuilder();
    credentials.forEach(
        credential -> ids.append(credential.appPassword().id()).append((char) SEPARATOR));
    return ids.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
