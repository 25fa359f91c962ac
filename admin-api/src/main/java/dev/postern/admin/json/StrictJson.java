package dev.postern.admin.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes JSON; reads no more than RFC 8259 allows, and no name twice in an object. */
public final class StrictJson {
  private static final int DEEPEST = 20;
  private static final int LONGEST_NUMBER = 30;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /** One value in UTF-8 and nothing behind it; empty if that is not what it is. */
  public static Optional<JsonNode> read(byte[] text) {
    try {
      // Of bytes, Jackson would guess the encoding.
      JsonNode value =
          MAPPER.readTree(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString());
      return value == null || value.isMissingNode() ? Optional.empty() : Optional.of(value);
    } catch (JacksonException | CharacterCodingException _) {
      return Optional.empty();
    }
  }

  public static byte[] write(JsonNode value) {
    return MAPPER.writeValueAsBytes(value);
  }
}
