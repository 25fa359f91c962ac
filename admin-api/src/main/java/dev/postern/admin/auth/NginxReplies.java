package dev.postern.admin.auth;

import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The answers of {@code auth_http}, as header fields. nginx puts {@code Auth-Status} behind the tag
 * and {@code NO}, behind {@code -ERR}, or behind the code, and takes names and passwords as bytes.
 *
 * @see <a
 *     href="https://nginx.org/en/docs/mail/ngx_mail_auth_http_module.html#protocol">Protocol</a>
 */
final class NginxReplies {
  /** nginx reads an answer into 1,024 bytes; the rest of them is for the server's own fields. */
  static final int MOST_BYTES = 700;

  /** After so many tries nginx is to close the connection, RFC 4954 §9. */
  private static final int LAST_TRY = 3;

  private NginxReplies() {}

  /**
   * Where to go on, and as whom.
   *
   * @param user as UTF-8
   * @return empty if that cannot be said in header fields
   */
  static Optional<Map<String, String>> ok(String address, int port, String user, byte[] password) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Auth-Status", "OK");
    fields.put("Auth-Server", address);
    fields.put("Auth-Port", Integer.toString(port));
    fields.put("Auth-User", latin1(user.getBytes(StandardCharsets.UTF_8)));
    fields.put("Auth-Pass", latin1(password));
    int bytes = 0;
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (!isFieldValue(field.getValue())) {
        return Optional.empty();
      }
      bytes += field.getKey().length() + field.getValue().length() + 4;
    }
    return bytes <= MOST_BYTES ? Optional.of(fields) : Optional.empty();
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** nginx takes spaces around a value away. */
  private static boolean isFieldValue(String value) {
    return !value.isEmpty()
        && value.charAt(0) != ' '
        && value.charAt(value.length() - 1) != ' '
        && value.chars().noneMatch(letter -> letter < 0x20 || letter == 0x7f);
  }

  static Map<String, String> rejected(Scope protocol, RejectReason reason, int tries) {
    Map<String, String> fields =
        new LinkedHashMap<>(
            refusal(protocol, imapCode(reason), "[AUTH]", "535 5.7.8", Words.of(reason)));
    if (tries < LAST_TRY) {
      // Our own wait is over; without this field it closes the connection.
      fields.put("Auth-Wait", "1");
    }
    return fields;
  }

  static Map<String, String> later(Scope protocol, String text) {
    return refusal(protocol, "[UNAVAILABLE]", "[SYS/TEMP]", "454 4.7.0", text);
  }

  private static Map<String, String> refusal(
      Scope protocol, String imapCode, String pop3Code, String smtpCode, String text) {
    return switch (protocol) {
      case IMAP -> Map.of("Auth-Status", imapCode + " " + text);
      case POP3 -> Map.of("Auth-Status", pop3Code + " " + text);
      case SUBMISSION -> Map.of("Auth-Status", text, "Auth-Error-Code", smtpCode);
    };
  }

  private static String imapCode(RejectReason reason) {
    return reason == RejectReason.IN_CLEAR ? "[PRIVACYREQUIRED]" : "[AUTHENTICATIONFAILED]";
  }
}
