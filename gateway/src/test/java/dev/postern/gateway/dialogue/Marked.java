package dev.postern.gateway.dialogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Secret;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A secret that can be told from anything else in what comes out: its letters depend on all of the
 * input it is put into. All its forms have a plus sign (in base64 from the tildes), so that none
 * can be a tag, which IMAP echoes.
 */
public final class Marked {
  private final String text;
  private final List<String> forms;

  /** The secret that goes into that input. */
  public Marked(byte[] input) {
    text = "s3cr+" + Integer.toHexString(Arrays.hashCode(input) | 0x1000_0000) + "~~~~~";
    forms = List.of(text, base64(text), plain(), bearer(), refusal());
  }

  /** As a person would type it. */
  public String text() {
    return text;
  }

  /** In base64, as LOGIN wants it. */
  public String encoded() {
    return base64(text);
  }

  /** With a user name before it and in base64, as PLAIN wants it. */
  public String plain() {
    return base64("\0alice\0" + text);
  }

  /** As a token, with a mailbox before it and in base64, as XOAUTH2 wants it. */
  public String bearer() {
    return base64("user=alice\1auth=Bearer " + text + "\1\1");
  }

  /** In the JSON in which a server refuses a token, in base64. */
  public String refusal() {
    return base64("{\"scope\":\"" + text + "\",\"status\":\"" + text + "\"}");
  }

  /** Whether it is there, in any of its forms and in capitals or not. */
  public boolean isIn(String output) {
    String folded = output.toLowerCase(Locale.ROOT);
    return forms.stream().map(form -> form.toLowerCase(Locale.ROOT)).anyMatch(folded::contains);
  }

  /** The secrets that a record holds, however deep. */
  public static List<Secret> secretsOf(Object value) {
    List<Secret> secrets = new ArrayList<>();
    collect(value, secrets);
    return secrets;
  }

  /** Throws if one of them can still be read. */
  public static void assertWiped(List<Secret> secrets) {
    assertThat(secrets).as("a secret that nobody wiped").noneMatch(Marked::isReadable);
  }

  /** A record in words, with the content of its secrets. */
  public static String inFull(Object value) {
    StringBuilder text = new StringBuilder(value.toString());
    for (Secret secret : secretsOf(value)) {
      text.append(' ').append(bytesOf(secret));
    }
    return text.toString();
  }

  /** A secret's bytes, each as one character. */
  public static String bytesOf(Secret secret) {
    return secret.expose(bytes -> new String(bytes, ISO_8859_1));
  }

  private static boolean isReadable(Secret secret) {
    try {
      return secret.expose(_ -> true);
    } catch (IllegalStateException _) {
      return false;
    }
  }

  private static void collect(Object value, List<Secret> secrets) {
    switch (value) {
      case Secret secret -> secrets.add(secret);
      case Optional<?> optional -> optional.ifPresent(inner -> collect(inner, secrets));
      case Record record -> {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          collect(valueOf(component, record), secrets);
        }
      }
      default -> {}
    }
  }

  private static Object valueOf(RecordComponent component, Record record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
  }
}
