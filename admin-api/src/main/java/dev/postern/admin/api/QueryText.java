package dev.postern.admin.api;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the query of a request, RFC 3986 §3.4: names and values in percent-encoded UTF-8, with a
 * plus sign for a space as forms have it. The web server's own reading leaves out what it cannot
 * decode, and without its filter a request means everything.
 */
final class QueryText {
  private static final int SHOWN = 40;

  private QueryText() {}

  /**
   * The parameters, each with all its values.
   *
   * @param raw as it came, perhaps empty
   * @throws Refusal {@code INVALID_PARAMETER} if anything in it does not decode
   */
  static Map<String, List<String>> parameters(String raw) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    List<Refusal.Fault> faults = new ArrayList<>();
    for (String part : raw.split("&", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      String[] sides = part.split("=", 2);
      Optional<String> name = decoded(sides[0]);
      Optional<String> value = decoded(sides.length < 2 ? "" : sides[1]);
      if (name.isPresent() && value.isPresent()) {
        values.computeIfAbsent(name.get(), _ -> new ArrayList<>()).add(value.get());
      } else {
        faults.add(
            new Refusal.Fault(shown(name.orElse(sides[0])), "must be in percent-encoded UTF-8"));
      }
    }
    if (!faults.isEmpty()) {
      throw Refusal.of(ProblemType.INVALID_PARAMETER, "Some parameters cannot be decoded.", faults);
    }
    return values;
  }

  /** A name as it may be repeated to whoever sent it. */
  static String shown(String name) {
    return name.length() > SHOWN ? name.substring(0, SHOWN) + "…" : name;
  }

  private static Optional<String> decoded(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char sign = text.charAt(i);
      if (sign == '%') {
        if (i + 2 >= text.length()
            || !HexFormat.isHexDigit(text.charAt(i + 1))
            || !HexFormat.isHexDigit(text.charAt(i + 2))) {
          return Optional.empty();
        }
        bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
        i += 2;
      } else if (sign > ' ' && sign < 0x7f) {
        bytes.write(sign == '+' ? ' ' : sign);
      } else {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.toByteArray()))
              .toString());
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }
}
