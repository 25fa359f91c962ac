package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** What anything logs at any level while this is open; the console is spared it. */
public final class EverythingLogged implements AutoCloseable {
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger ours = (Logger) LoggerFactory.getLogger("dev.postern");
  private final ListAppender<ILoggingEvent> everything = new ListAppender<>();
  private final List<Appender<ILoggingEvent>> usual = new ArrayList<>();
  private final Level usualLevel = root.getLevel();
  private final Level usualLevelOfOurs = ours.getLevel();

  public EverythingLogged() {
    root.iteratorForAppenders().forEachRemaining(usual::add);
    usual.forEach(root::detachAppender);
    everything.start();
    root.addAppender(everything);
    root.setLevel(Level.TRACE);
    ours.setLevel(Level.TRACE);
  }

  /** Each message with its logger, and what was thrown. */
  public List<String> lines() {
    return List.copyOf(everything.list).stream()
        .flatMap(event ->
            Stream.concat(
                Stream.of(event.getLoggerName() + " " + TestLog.text(event)),
                Stream.ofNullable(event.getThrowableProxy())
                    .map(thrown -> String.valueOf(thrown.getMessage()))))
        .toList();
  }

  /** Fails if a secret is in any line: as it is, in base64 behind whatever, or in hexadecimal. */
  public void assertNowhere(String secret) {
    List<String> forms = forms(secret);
    assertThat(lines())
        .noneMatch(line -> {
          String folded = line.toLowerCase(Locale.ROOT);
          return forms.stream().anyMatch(form -> folded.contains(form.toLowerCase(Locale.ROOT)));
        });
  }

  /** The three ways in which base64 shows a text, by where it begins in its groups of three. */
  static List<String> forms(String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.ISO_8859_1);
    List<String> forms = new ArrayList<>(List.of(secret, HexFormat.of().formatHex(bytes)));
    for (int before = 0; before < 3; before++) {
      byte[] shifted = new byte[before + bytes.length];
      System.arraycopy(bytes, 0, shifted, before, bytes.length);
      String encoded = Base64.getEncoder().encodeToString(shifted);
      forms.add(encoded.substring((before * 8 + 5) / 6, shifted.length * 8 / 6));
    }
    return forms;
  }

  @Override
  public void close() {
    root.setLevel(usualLevel);
    ours.setLevel(usualLevelOfOurs);
    root.detachAppender(everything);
    usual.forEach(root::addAppender);
  }
}
