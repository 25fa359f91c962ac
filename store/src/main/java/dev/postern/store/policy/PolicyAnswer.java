package dev.postern.store.policy;

import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the policy service says of a login. */
sealed interface PolicyAnswer {

  /** The longest delay that is taken. */
  Duration LONGEST_DELAY = Duration.ofSeconds(10);

  /** It goes on. */
  record Allow() implements PolicyAnswer {}

  /** It goes on, but later. */
  record Delay(Duration delay) implements PolicyAnswer {}

  /** It ends. */
  record Refuse() implements PolicyAnswer {}

  /**
   * It was not asked, or too late: as many questions are under way as may be.
   *
   * @param why for the log
   */
  record NoRoom(String why) implements PolicyAnswer {}

  /**
   * No answer, or none that makes sense.
   *
   * @param why for the log; nothing that the service sent
   */
  record Failure(String why) implements PolicyAnswer {}

  /** Strict: what can be read in two ways is no answer. */
  JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Reads the body of an answer. */
  static PolicyAnswer parse(byte[] body) {
    JsonNode json;
    try {
      json = MAPPER.readTree(body);
    } catch (JacksonException _) {
      return new Failure("its answer is not JSON");
    }
    return switch (json.path("action").asString("")) {
      case "allow" -> new Allow();
      case "refuse" -> new Refuse();
      case "delay" -> delay(json.path("milliseconds"));
      default -> new Failure("its answer has no action that is known");
    };
  }

  private static PolicyAnswer delay(JsonNode milliseconds) {
    if (!milliseconds.isIntegralNumber()
        || !milliseconds.canConvertToInt()
        || milliseconds.intValue() < 0
        || milliseconds.intValue() > LONGEST_DELAY.toMillis()) {
      return new Failure("its delay is no number from 0 to " + LONGEST_DELAY.toMillis());
    }
    return new Delay(Duration.ofMillis(milliseconds.intValue()));
  }
}
