package dev.postern.deploy;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.JsonEscapeUtil;
import java.util.List;
import java.util.Objects;
import org.slf4j.event.KeyValuePair;

/**
 * An event as a JSON object on one line: {@code timestamp} in milliseconds since 1970, {@code
 * level}, {@code loggerName}, {@code formattedMessage}, behind them the event's own fields, numbers
 * as numbers, and {@code throwable} if there is one.
 */
final class JsonLine extends JsonEncoder {

  JsonLine() {
    setWithSequenceNumber(false);
    setWithNanoseconds(false);
    setWithThreadName(false);
    setWithContext(false);
    setWithMarkers(false);
    setWithMDC(false);
    setWithMessage(false);
    setWithFormattedMessage(true);
    setWithArguments(false);
    setWithThrowable(false); // null where there is none
    setWithKVPList(false); // an array of objects of one field each, all text
  }

  @Override
  protected void appendCustomFields(StringBuilder line, ILoggingEvent event) {
    List<KeyValuePair> fields = Objects.requireNonNullElse(event.getKeyValuePairs(), List.of());
    for (KeyValuePair field : fields) {
      line.append(VALUE_SEPARATOR);
      switch (field.value) {
        case Integer number -> appenderMemberWithLongValue(line, field.key, number);
        case Long number -> appenderMemberWithLongValue(line, field.key, number);
        case null, default ->
            appenderMember(
                line, field.key, JsonEscapeUtil.jsonEscapeString(String.valueOf(field.value)));
      }
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      appendThrowableProxy(line, THROWABLE_ATTR_NAME, thrown);
    }
  }
}
