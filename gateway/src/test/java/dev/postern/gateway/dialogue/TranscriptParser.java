package dev.postern.gateway.dialogue;

import dev.postern.gateway.dialogue.Transcript.Action;
import dev.postern.gateway.dialogue.Transcript.Line;
import dev.postern.gateway.dialogue.Transcript.Upstream.Account;
import dev.postern.gateway.dialogue.Transcript.Verdict;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the form that {@code dialogues/README.md} describes; used once for each script. */
public final class TranscriptParser {
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|([^\\s\"]+)");
  private static final Pattern MARKER = Pattern.compile("-- (.*) --");

  private final Map<String, Transcript.User> users = new LinkedHashMap<>();
  private final List<String> extensions = new ArrayList<>();
  private final List<String> promised = new ArrayList<>();
  private final List<String> floor = new ArrayList<>();
  private final List<Line> lines = new ArrayList<>();
  private Help help = Help.NONE;
  private Optional<ClientIdentity> told = Optional.empty();
  private @Nullable List<String> listener;
  private @Nullable List<String> upstream;

  private TranscriptParser() {}

  /**
   * Parses a script; throws {@link IllegalArgumentException} with the line's number if it cannot.
   */
  public static Transcript parse(String name, String script) {
    return new TranscriptParser().read(name, script);
  }

  private Transcript read(String name, String script) {
    int number = 0;
    for (String line : script.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      try {
        if (!header(line)) {
          lines.add(new Line(number, line, action(line)));
        }
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(name + ":" + number + ": " + line, e);
      }
    }
    return new Transcript(
        name,
        Optional.ofNullable(listener).map(this::listener),
        users,
        Optional.ofNullable(upstream).map(this::upstream),
        lines);
  }

  private boolean header(String line) {
    List<String> words = words(line);
    switch (words.getFirst()) {
      case "listener" -> listener = words;
      case "upstream" -> upstream = words;
      case "user" -> users.put(words.get(1), user(words));
      case "help" -> help = new Help(line.substring("help ".length()), help.url());
      case "url" -> help = new Help(help.text(), line.substring("url ".length()));
      case "told" -> told = Optional.of(identity(settings(words, 1)));
      case "extension" -> extensions.add(line.substring("extension ".length()));
      case "floor" -> floor.add(line.substring("floor ".length()));
      case "promised" -> promised.add(line.substring("promised ".length()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private Transcript.Listener listener(List<String> words) {
    Map<String, String> settings = settings(words, 2);
    return new Transcript.Listener(
        scope(words.get(1)),
        new SessionFacts(
            settings.getOrDefault("name", "mail.example.com"),
            constant(SessionFacts.Tls.class, settings.getOrDefault("tls", "on")),
            extensions,
            Integer.parseInt(settings.getOrDefault("errors", "5")),
            help,
            settings.getOrDefault("reference", ""),
            Boolean.parseBoolean(settings.getOrDefault("legacy", "false")),
            Boolean.parseBoolean(settings.getOrDefault("trusted", "false"))));
  }

  private static Transcript.User user(List<String> words) {
    Verdict verdict =
        switch (words.get(2)) {
          case "password-ok" -> new Verdict.Accepted();
          case "crowded" -> new Verdict.Crowded();
          case "own-password" -> new Verdict.Own(words.contains("noticed"));
          case "rejected" -> new Verdict.Rejected(constant(RejectReason.class, words.get(3)));
          case "throttled" -> new Verdict.Throttled(words.get(3).equals("later"));
          case "unavailable" -> new Verdict.Unavailable(constant(Trouble.class, words.get(3)));
          default -> throw new IllegalArgumentException("no such verdict: " + words.get(2));
        };
    boolean hasSecret = verdict instanceof Verdict.Accepted && words.size() > 3;
    return new Transcript.User(hasSecret ? Optional.of(words.get(3)) : Optional.empty(), verdict);
  }

  private Transcript.Upstream upstream(List<String> words) {
    if (words.get(1).equals("fails")) {
      return new Transcript.Upstream.Fails(constant(UpstreamFailure.Cause.class, words.get(2)));
    }
    boolean probe = words.getLast().equals("probe");
    Map<String, String> settings = settings(words.subList(0, words.size() - (probe ? 1 : 0)), 2);
    return new Transcript.Upstream.Speaks(
        scope(words.get(1)),
        constant(UpstreamPlan.Security.class, settings.getOrDefault("security", "implicit-tls")),
        probe ? Optional.empty() : Optional.of(account(settings)),
        promised,
        floor,
        told,
        Boolean.parseBoolean(settings.getOrDefault("mailbox-probe", "false")));
  }

  private static Account account(Map<String, String> settings) {
    if (settings.containsKey("word")) {
      return new Account.OurWord(
          filled(settings.get("word")),
          Optional.ofNullable(settings.get("client"))
              .map(address -> new ClientIdentity.Endpoint(address, 51234)));
    }
    return settings.containsKey("token")
        ? new Account.Bearer(
            settings.getOrDefault("mailbox", "upstream-user"),
            filled(settings.get("token")),
            settings.getOrDefault("host", "mx.example.com"),
            Integer.parseInt(settings.getOrDefault("port", "993")),
            Boolean.parseBoolean(settings.getOrDefault("xoauth2-first", "false")))
        : new Account.Password(
            Optional.ofNullable(settings.get("as")),
            settings.getOrDefault("login", "upstream-user"),
            settings.getOrDefault("password", "upstream-password"));
  }

  /** A text with its holes filled, for what is too long to be written out. */
  private static String filled(String text) {
    TranscriptText.Holes none = new TranscriptText.Holes("", Optional.empty());
    return new String(TranscriptText.of(text).bytes(none), StandardCharsets.ISO_8859_1);
  }

  private static ClientIdentity identity(Map<String, String> settings) {
    return new ClientIdentity(
        settings.getOrDefault("session", "0a1b2c3d4e"),
        new ClientIdentity.Endpoint(
            settings.getOrDefault("client", "203.0.113.9"),
            Integer.parseInt(settings.getOrDefault("port", "51234"))),
        new ClientIdentity.Endpoint(settings.getOrDefault("server", "192.0.2.1"), 993),
        Boolean.parseBoolean(settings.getOrDefault("tls", "true")),
        settings.getOrDefault("name", ""));
  }

  private static Action action(String line) {
    if (line.startsWith("--")) {
      return marker(line.strip());
    }
    String[] parts = line.split("\\s+", 2);
    // One space or two may stand between the direction and the text; a third is the text's own.
    String rest = line.substring(parts[0].length());
    TranscriptText text = TranscriptText.of(rest.replaceFirst("^ {1,2}", ""));
    return switch (parts[0]) {
      case "C" -> new Action.ClientSends(text, true);
      case "C~" -> new Action.ClientSends(text, false);
      case "S" -> new Action.ClientGets(text);
      case "U<" -> new Action.UpstreamSends(text);
      case "U>" -> new Action.UpstreamGets(text);
      default -> throw new IllegalArgumentException("no such direction: " + parts[0]);
    };
  }

  private static Action marker(String line) {
    Matcher matcher = MARKER.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a marker is written -- like this --");
    }
    String marker = matcher.group(1);
    List<String> words = words(marker);
    return switch (words.getFirst()) {
      case "starttls" -> new Action.StartsTls();
      case "upstream" -> new Action.UpstreamStartsTls();
      case "delayed" -> new Action.IsDelayed();
      case "spliced" -> new Action.IsSpliced();
      case "closed" -> new Action.IsClosed();
      case "verified" ->
          new Action.IsVerified(words.get(1), words.get(2), words.size() > 3 ? words.get(3) : "");
      case "exposed" ->
          new Action.IsExposed(words.get(1), words.get(2), words.size() > 3 ? words.get(3) : "");
      case "logged" ->
          new Action.LogsIn(TranscriptText.of(marker.substring("logged in".length()).strip()));
      case "failed" -> failed(words);
      case "deadline", "idle", "flood", "revoked", "unconfirmed", "kicked", "shutdown" ->
          new Action.Ends(constant(FrontEvent.Reason.class, words.getFirst()));
      default -> throw new IllegalArgumentException("no such marker: " + marker);
    };
  }

  private static Action failed(List<String> words) {
    Optional<String> detail = Optional.empty();
    Optional<Duration> backoff = Optional.empty();
    for (String word : words.subList(2, words.size())) {
      if (word.startsWith("backoff=")) {
        backoff = Optional.of(Duration.ofMillis(Long.parseLong(word.split("=", 2)[1])));
      } else {
        detail = Optional.of(word);
      }
    }
    return new Action.Fails(constant(UpstreamFailure.Cause.class, words.get(1)), detail, backoff);
  }

  private static List<String> words(String line) {
    return WORD.matcher(line)
        .results()
        .map(word -> word.group(1) != null ? word.group(1) : word.group(2))
        .toList();
  }

  private static Map<String, String> settings(List<String> words, int from) {
    Map<String, String> settings = new HashMap<>();
    for (String word : words.subList(from, words.size())) {
      String[] setting = word.split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    return settings;
  }

  private static Scope scope(String word) {
    return Scope.ofWord(word).orElseThrow();
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word) {
    return Arrays.stream(type.getEnumConstants())
        .filter(c -> c.name().equals(word.toUpperCase(Locale.ROOT).replace('-', '_')))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no such " + type.getSimpleName() + ": " + word));
  }
}
