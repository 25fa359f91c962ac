package dev.postern.admin.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a list goes on: the place of the last item of the page before, in a form that is nobody
 * else's business. Whoever makes one up gets another page of what he may see anyway.
 */
final class Cursor {
  static final int LONGEST = 2000;

  private static final int DIGEST = 8;

  private Cursor() {}

  /**
   * A cursor.
   *
   * @param list of which list, so that one of another is refused
   * @param parameters of the request, so that one with other filters is refused
   */
  static String of(String list, Map<String, String> parameters, String place) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((head(list, parameters) + place).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The place.
   *
   * @throws Refusal {@code BAD_CURSOR} if it is none of that list with those parameters
   */
  static String place(String list, Map<String, String> parameters, String cursor) {
    String head = head(list, parameters);
    return decoded(cursor)
        .filter(text -> text.startsWith(head))
        .map(text -> text.substring(head.length()))
        .filter(place -> !place.isEmpty() && place.chars().noneMatch(Character::isISOControl))
        .orElseThrow(() ->
            Refusal.of(
                ProblemType.BAD_CURSOR,
                "Take it from \"next\" or the Link header of the page before, and leave the other"
                    + " parameters as they were there."));
  }

  private static String head(String list, Map<String, String> parameters) {
    return list + ' ' + digest(parameters) + ' ';
  }

  /** Of the place in the path and the filters; how many are wanted may change from page to page. */
  private static String digest(Map<String, String> parameters) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(parameters)
        .forEach((name, value) -> {
          if (!name.equals(Pages.LIMIT) && !name.equals(Pages.CURSOR)) {
            text.append(name).append('=').append(value).append('\0');
          }
        });
    try {
      byte[] whole =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(whole, 0, DIGEST);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private static Optional<String> decoded(String cursor) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(cursor);
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (IllegalArgumentException | CharacterCodingException _) {
      return Optional.empty();
    }
  }
}
