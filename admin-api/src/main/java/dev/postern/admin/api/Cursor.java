package dev.postern.admin.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Where a list goes on: the place of the last item of the page before, in a form that is nobody
 * else's business. Whoever makes one up gets another page of what he may see anyway.
 */
final class Cursor {
  static final int LONGEST = 1000;

  private Cursor() {}

  /**
   * A cursor.
   *
   * @param list of which list, so that one of another is refused
   */
  static String of(String list, String place) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((list + ' ' + place).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The place.
   *
   * @throws Refusal {@code BAD_CURSOR} if it is none of that list
   */
  static String place(String list, String cursor) {
    return decoded(cursor)
        .filter(text -> text.startsWith(list + ' '))
        .map(text -> text.substring(list.length() + 1))
        .filter(place -> !place.isEmpty() && place.chars().noneMatch(Character::isISOControl))
        .orElseThrow(() ->
            Refusal.of(
                ProblemType.BAD_CURSOR,
                "Take it from \"next\" or the Link header of the page before."));
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
