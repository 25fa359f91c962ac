package dev.postern.gateway.imap;

import dev.postern.gateway.imap.ImapArguments.Word;
import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One command while its pieces come in: the text up to its first literal, that literal, the text
 * behind it, and so on. It holds what was typed, secrets included, until {@link #finish()} or
 * {@link #wipe()}.
 */
final class ImapDraft {
  /** RFC 2971 §3.3. */
  static final int MAX_ID_VALUE = 1024;

  private static final int MAX_ID_KEY = 30;
  private static final int GROUP = 4;
  private static final int FEWEST_GROUPS = 4;
  private static final int MOST_GROUPS = 8;

  /** First words of other protocols. None is a tag that a mail client makes. */
  private static final Set<String> FOREIGN =
      Set.of(
          "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI",
          "EHLO", "HELO", "LHLO");

  private final String tag;
  private final Optional<ImapVerb> verb;
  private final ImapArguments arguments = new ImapArguments();
  private Optional<Flaw> flaw;
  private byte[] sasl = new byte[0];

  private ImapDraft(String tag, Optional<ImapVerb> verb, Optional<Flaw> flaw) {
    this.tag = tag;
    this.verb = verb;
    this.flaw = flaw;
  }

  /**
   * Begins a command.
   *
   * @param line its first line, perhaps not yet whole
   * @param end where its first literal is announced, else the line's length
   */
  static ImapDraft begin(byte[] line, int end) {
    int tagEnd = tagEnd(line, end);
    if (tagEnd < 0) {
      return new ImapDraft("", Optional.empty(), Optional.of(Flaw.TAG));
    }
    String tag = new String(line, 0, tagEnd, StandardCharsets.US_ASCII);
    int wordStart = skipSpaces(line, tagEnd, end);
    int wordEnd = wordStart;
    while (wordEnd < end && ImapGrammar.isWordChar(line[wordEnd])) {
      wordEnd++;
    }
    Optional<ImapVerb> verb = Optional.empty();
    if (wordEnd == end || line[wordEnd] == ' ') {
      verb =
          ImapVerb.named(
              new String(line, wordStart, wordEnd - wordStart, StandardCharsets.US_ASCII));
    }
    if (verb.isEmpty()) {
      return new ImapDraft(tag, verb, flawWithoutVerb(tag, wordStart == line.length));
    }
    ImapDraft draft = new ImapDraft(tag, verb, Optional.empty());
    draft.add(line, wordEnd, end);
    return draft;
  }

  private static int tagEnd(byte[] line, int end) {
    int tagEnd = 0;
    while (tagEnd < end && ImapGrammar.isTagChar(line[tagEnd])) {
      tagEnd++;
    }
    boolean isTag =
        tagEnd > 0 && tagEnd <= ImapGrammar.MAX_TAG && (tagEnd == end || line[tagEnd] == ' ');
    return isTag ? tagEnd : -1;
  }

  private static Optional<Flaw> flawWithoutVerb(String tag, boolean isAlone) {
    if (FOREIGN.contains(tag.toUpperCase(Locale.ROOT))) {
      return Optional.of(Flaw.OTHER_PROTOCOL);
    }
    if (ImapVerb.named(tag).isPresent()) {
      return Optional.of(Flaw.COMMAND_FOR_TAG);
    }
    return isAlone ? Optional.of(Flaw.NO_COMMAND) : Optional.empty();
  }

  private static int skipSpaces(byte[] line, int from, int end) {
    int at = from;
    while (at < end && line[at] == ' ') {
      at++;
    }
    return at;
  }

  /** The tag, if there is one that may be echoed. */
  Optional<String> tag() {
    return tag.isEmpty() ? Optional.empty() : Optional.of(tag);
  }

  /** The most bytes the command may have, literals that are kept included. */
  int limit() {
    if (verb.isEmpty()) {
      return ImapDecoder.COMMAND_LIMIT;
    }
    return switch (verb.get()) {
      case AUTHENTICATE -> ImapDecoder.AUTHENTICATE_LIMIT;
      case ID -> ImapDecoder.ID_LIMIT;
      case CAPABILITY, NOOP, LOGOUT, ENABLE, STARTTLS, LOGIN, OTHER_STATE ->
          ImapDecoder.COMMAND_LIMIT;
    };
  }

  /** Whether it is another protocol's first line. */
  boolean isForeign() {
    return flaw.equals(Optional.of(Flaw.OTHER_PROTOCOL));
  }

  /** Adds a piece of text from behind a literal. */
  void add(byte[] line, int from, int to) {
    if (flaw.isPresent() || verb.isEmpty()) {
      return;
    }
    switch (verb.get()) {
      case LOGIN, ID -> {
        if (!arguments.addText(line, from, to)) {
          spoil(Flaw.ARGUMENTS);
        }
      }
      case AUTHENTICATE -> sasl = Arrays.copyOfRange(line, from, to);
      case CAPABILITY, NOOP, LOGOUT, STARTTLS -> {
        if (skipSpaces(line, from, to) < to) {
          spoil(Flaw.ARGUMENTS);
        }
      }
      case ENABLE, OTHER_STATE -> {}
    }
  }

  /**
   * The most bytes that a literal here and now may have; empty if none makes sense here. A draft
   * that is spoiled wants none.
   */
  Optional<Integer> literalLimit() {
    if (flaw.isPresent() || verb.isEmpty() || !arguments.isAtBoundary()) {
      return Optional.empty();
    }
    return switch (verb.get()) {
      case LOGIN ->
          switch (arguments.words().size()) {
            case 0 -> Optional.of(ClientText.MAX_NAME);
            case 1 -> Optional.of(ClientText.MAX_SECRET);
            default -> Optional.empty();
          };
      case ID -> Optional.of(MAX_ID_VALUE);
      case AUTHENTICATE, CAPABILITY, NOOP, LOGOUT, STARTTLS, ENABLE, OTHER_STATE ->
          Optional.empty();
    };
  }

  /** Asks for a literal that {@link #literalLimit()} allows. */
  ImapCommand invitation() {
    return new ImapCommand.LiteralWanted(
        tag,
        verb.equals(Optional.of(ImapVerb.LOGIN)) ? Purpose.CREDENTIALS : Purpose.IDENTIFICATION);
  }

  /** Adds a literal that {@link #literalLimit()} allows; takes the array over. */
  void addLiteral(byte[] bytes) {
    if (!arguments.addLiteral(bytes)) {
      spoil(Flaw.ARGUMENTS);
    }
  }

  /**
   * Notes what is wrong, unless something was before. Commands that are refused anyway have no
   * flaw.
   */
  void spoil(Flaw why) {
    if (flaw.isEmpty() && verb.isPresent() && verb.get() != ImapVerb.OTHER_STATE) {
      flaw = Optional.of(why);
    }
  }

  /** The command, now that it is whole. */
  ImapCommand finish() {
    try {
      if (flaw.isPresent()) {
        return new ImapCommand.Malformed(tag(), flaw.get());
      }
      if (verb.isEmpty()) {
        return new ImapCommand.Unknown(tag);
      }
      return switch (verb.get()) {
        case CAPABILITY -> new ImapCommand.Capability(tag);
        case NOOP -> new ImapCommand.Noop(tag);
        case LOGOUT -> new ImapCommand.Logout(tag);
        case ENABLE -> new ImapCommand.Enable(tag);
        case STARTTLS -> new ImapCommand.StartTls(tag);
        case OTHER_STATE -> new ImapCommand.OtherState(tag);
        case ID -> id();
        case LOGIN -> login();
        case AUTHENTICATE -> authenticate();
      };
    } finally {
      wipe();
    }
  }

  void wipe() {
    arguments.wipe();
    Arrays.fill(sasl, (byte) 0);
  }

  private ImapCommand badArguments() {
    return new ImapCommand.Malformed(tag(), Flaw.ARGUMENTS);
  }

  private ImapCommand authenticate() {
    int start = skipSpaces(sasl, 0, sasl.length);
    int end = start;
    while (end < sasl.length && ImapGrammar.isWordChar(sasl[end])) {
      end++;
    }
    if (end == start || (end < sasl.length && sasl[end] != ' ')) {
      return badArguments();
    }
    String mechanism = new String(sasl, start, end - start, StandardCharsets.US_ASCII);
    int response = skipSpaces(sasl, end, sasl.length);
    return new ImapCommand.Authenticate(
        tag,
        mechanism,
        response == sasl.length
            ? Optional.empty()
            : Optional.of(Secret.owning(Arrays.copyOfRange(sasl, response, sasl.length))));
  }

  private ImapCommand login() {
    List<Word> words = arguments.words();
    if (words.size() < 2) {
      return badArguments();
    }
    Optional<byte[]> name = string(words.getFirst());
    Optional<byte[]> secret = words.size() == 2 ? string(words.get(1)) : groups(words);
    if (name.isEmpty()
        || name.get().length == 0
        || name.get().length > ClientText.MAX_NAME
        || secret.isEmpty()
        || secret.get().length > ClientText.MAX_SECRET) {
      return badArguments();
    }
    return new ImapCommand.Login(tag, ClientText.decode(name.get()), Secret.copyOf(secret.get()));
  }

  private static Optional<byte[]> string(Word word) {
    return switch (word) {
      case Word.Atom(byte[] bytes) -> Optional.of(bytes);
      case Word.Text(byte[] bytes) -> Optional.of(bytes);
      case Word.Open _, Word.Close _ -> Optional.empty();
    };
  }

  /**
   * An app password as it is shown, typed without quotes: groups of four letters or digits. Nothing
   * else with spaces in it can have been meant as one word.
   */
  private static Optional<byte[]> groups(List<Word> words) {
    List<Word> groups = words.subList(1, words.size());
    if (groups.size() < FEWEST_GROUPS || groups.size() > MOST_GROUPS) {
      return Optional.empty();
    }
    byte[] joined = new byte[groups.size() * GROUP];
    int length = 0;
    for (Word word : groups) {
      if (!(word instanceof Word.Atom(byte[] group)) || !isGroup(group)) {
        Arrays.fill(joined, (byte) 0);
        return Optional.empty();
      }
      System.arraycopy(group, 0, joined, length, GROUP);
      length += GROUP;
    }
    return Optional.of(joined);
  }

  private static boolean isGroup(byte[] group) {
    if (group.length != GROUP) {
      return false;
    }
    for (byte b : group) {
      if (!ImapGrammar.isWordChar(b) || b == '-' || b == '_') {
        return false;
      }
    }
    return true;
  }

  private ImapCommand id() {
    List<Word> words = arguments.words();
    if (words.size() == 1 && isNil(words.getFirst())) {
      return new ImapCommand.Id(tag, "");
    }
    if (words.size() < 2
        || words.size() % 2 != 0
        || !(words.getFirst() instanceof Word.Open)
        || !(words.getLast() instanceof Word.Close)) {
      return badArguments();
    }
    String clientName = "";
    for (int i = 1; i < words.size() - 1; i += 2) {
      if (!(words.get(i) instanceof Word.Text(byte[] key)) || key.length > MAX_ID_KEY) {
        return badArguments();
      }
      Word value = words.get(i + 1);
      if (value instanceof Word.Text(byte[] text) && text.length <= MAX_ID_VALUE) {
        if (ClientText.decode(key).equalsIgnoreCase("name")) {
          clientName = ClientText.decode(text);
        }
      } else if (!isNil(value)) {
        return badArguments();
      }
    }
    return new ImapCommand.Id(tag, clientName);
  }

  private static boolean isNil(Word word) {
    return word instanceof Word.Atom(byte[] bytes)
        && ClientText.decode(bytes).equalsIgnoreCase("NIL");
  }
}
