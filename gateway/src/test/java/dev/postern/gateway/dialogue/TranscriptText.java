package dev.postern.gateway.dialogue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text of a script with its holes: bytes to send, or a pattern to meet. Everything is literal but
 * the holes that {@code dialogues/README.md} names. In all strings each character is one byte.
 */
public final class TranscriptText {
  private static final Pattern HOLE =
      Pattern.compile(
          "<(any|tag|crlf|base64 [^>]*|hex [0-9a-fA-F ]+|times [0-9]+ [^>]+)>",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ESCAPE = Pattern.compile("\\\\(0|x[0-9a-fA-F]{2})|\\*\\*\\*");

  private final String source;
  private final List<Part> parts;

  private sealed interface Part {
    record Literal(String bytes) implements Part {}

    record Any() implements Part {}

    record Tag() implements Part {}

    /** Base64 of a text in which {@code ***} stands for the upstream secret. */
    record Encoded(String text) implements Part {}
  }

  /** The values that fill holes, as a replay goes on. */
  public record Holes(String upstreamSecret, Optional<String> tag) {
    /** Whether a text has the upstream secret in it, as it is or in base64. */
    public boolean tells(String text) {
      return !upstreamSecret.isEmpty()
          && (text.contains(upstreamSecret) || text.contains(base64("***", this)));
    }
  }

  private TranscriptText(String source, List<Part> parts) {
    this.source = source;
    this.parts = parts;
  }

  /** Parses a text of a script. */
  public static TranscriptText of(String source) {
    List<Part> parts = new ArrayList<>();
    Matcher holes = HOLE.matcher(source);
    int end = 0;
    while (holes.find()) {
      parts.add(new Part.Literal(utf8(source.substring(end, holes.start()))));
      parts.add(hole(holes.group(1)));
      end = holes.end();
    }
    parts.add(new Part.Literal(utf8(source.substring(end))));
    return new TranscriptText(source, parts);
  }

  private static Part hole(String hole) {
    String[] words = hole.split(" ", 2);
    return switch (words[0]) {
      case "any" -> new Part.Any();
      case "tag" -> new Part.Tag();
      case "crlf" -> new Part.Literal("\r\n");
      case "base64" -> new Part.Encoded(utf8(words[1]));
      case "hex" ->
          new Part.Literal(
              new String(
                  HexFormat.of().parseHex(words[1].replace(" ", "")), StandardCharsets.ISO_8859_1));
      case "times" -> {
        String[] times = words[1].split(" ", 2);
        yield new Part.Literal(utf8(times[1]).repeat(Integer.parseInt(times[0])));
      }
      default -> throw new IllegalArgumentException("no such hole: <" + hole + ">");
    };
  }

  /** The bytes to send; {@code <any>} has none and is refused. */
  public byte[] bytes(Holes values) {
    StringBuilder bytes = new StringBuilder();
    for (Part part : parts) {
      bytes.append(
          switch (part) {
            case Part.Literal(String literal) -> literal;
            case Part.Encoded(String text) -> base64(text, values);
            case Part.Tag _ -> values.tag().orElseThrow(() -> notSendable("<tag> before any"));
            case Part.Any _ -> throw notSendable("<any>");
          });
    }
    return bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private IllegalStateException notSendable(String hole) {
    return new IllegalStateException(hole + " cannot be sent: " + source);
  }

  /**
   * Whether a line meets this text.
   *
   * @return the values for the texts that follow; empty if it does not
   */
  public Optional<Holes> match(String line, Holes values) {
    StringBuilder regex = new StringBuilder();
    boolean hasTag = false;
    for (Part part : parts) {
      switch (part) {
        case Part.Literal(String literal) -> regex.append(Pattern.quote(literal));
        case Part.Encoded(String text) -> regex.append(Pattern.quote(base64(text, values)));
        case Part.Any _ -> regex.append(".*");
        case Part.Tag _ -> {
          regex.append("(?<tag>[A-Za-z0-9]+)");
          hasTag = true;
        }
      }
    }
    Matcher matcher = Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        hasTag ? new Holes(values.upstreamSecret(), Optional.of(matcher.group("tag"))) : values);
  }

  private static String base64(String text, Holes values) {
    Matcher escapes = ESCAPE.matcher(text);
    String bytes =
        escapes.replaceAll(escape ->
            Matcher.quoteReplacement(
                switch (escape.group()) {
                  case "***" -> values.upstreamSecret();
                  case "\\0" -> "\0";
                  default ->
                      String.valueOf((char) Integer.parseInt(escape.group().substring(2), 16));
                }));
    return Base64.getEncoder().encodeToString(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return source;
  }
}
