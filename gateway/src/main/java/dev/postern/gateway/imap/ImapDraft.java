package dev.postern.gateway.imap;

import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One command while its pieces come in: the text up to its first literal, that literal, the text
 * behind it, and so on. It holds what was typed, secrets included, until {@link #finish()} or
 * {@link #wipe()}.
 */
final class ImapDraft {
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
      case ID -> Optional.of(ImapIdFields.MAX_VALUE);
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
    return ImapLoginArguments.read(arguments.words())
        .<ImapCommand>map(login -> new ImapCommand.Login(tag, login.loginName(), login.secret()))
        .orElseGet(this::badArguments);
  }

  private ImapCommand id() {
    return ImapIdFields.read(arguments.words())
        .<ImapCommand>map(fields ->
            new ImapCommand.Id(
                tag, fields.name(), fields.originatingIp(), fields.originatingPort()))
        .orElseGet(this::badArguments);
  }
}
