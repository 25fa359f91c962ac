package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.sasl.MechanismNames;
import dev.postern.gateway.smtp.SmtpCommand.Flaw;
import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a trace shows of a login for submission. Of an upstream's replies that is codes, and
 * keywords of EHLO that are known: servers repeat names in their texts.
 */
final class SmtpTrace implements TraceWords<SmtpCommand> {
  private static final String AUTH = "AUTH";

  private static final Pattern REPLY =
      Pattern.compile("([2-5][0-9]{2})(?:([ -])([245]\\.[0-9]{1,3}\\.[0-9]{1,3}(?= |$))?(.*))?");

  /** Keywords of EHLO, RFC 5321 §4.1.1.1, without their parameters. */
  private static final Set<String> KEYWORDS =
      Set.of(
          "STARTTLS",
          "SIZE",
          "8BITMIME",
          "PIPELINING",
          "ENHANCEDSTATUSCODES",
          "SMTPUTF8",
          "CHUNKING",
          "DSN",
          "BINARYMIME",
          "XCLIENT",
          "HELP",
          "ETRN",
          "VRFY");

  @Override
  public String said(SmtpCommand command, int octets) {
    return switch (command) {
      case SmtpCommand.Ehlo(String name) -> greeting("EHLO", name);
      case SmtpCommand.Helo(String name) -> greeting("HELO", name);
      case SmtpCommand.StartTls(boolean hasArguments) ->
          hasArguments ? "STARTTLS <arguments>" : "STARTTLS";
      case SmtpCommand.Auth(String mechanism, Optional<Secret> initial) ->
          MechanismNames.shown(AUTH, mechanism, initial);
      case SmtpCommand.SaslResponse(Secret line) -> TraceWords.response(line);
      case SmtpCommand.Noop _ -> "NOOP";
      case SmtpCommand.Rset _ -> "RSET";
      case SmtpCommand.Quit _ -> "QUIT";
      case SmtpCommand.Help _ -> "HELP";
      case SmtpCommand.Vrfy _ -> "VRFY";
      case SmtpCommand.NeedsLogin _ -> NEEDS_LOGIN;
      case SmtpCommand.Bdat _ -> "BDAT";
      case SmtpCommand.Xclient _ -> "XCLIENT <attributes>";
      case SmtpCommand.Lhlo _ -> "LHLO";
      case SmtpCommand.Unknown _ -> TraceWords.noCommand(octets);
      case SmtpCommand.Malformed(Flaw flaw) -> malformed(flaw, octets);
    };
  }

  private static String greeting(String verb, String name) {
    return name.isEmpty() ? verb : verb + " " + NAME;
  }

  private static String malformed(Flaw flaw, int octets) {
    return switch (flaw) {
      case CONTROL_CHARACTER -> TraceWords.noCommand(octets);
      case NO_MECHANISM -> AUTH;
      case LINE_TOO_LONG, ENDLESS_LINE -> TOO_LONG;
      case RESPONSE_TOO_LONG -> "<response that is too long>";
      case OTHER_PROTOCOL -> OTHER_PROTOCOL;
    };
  }

  /** Nothing in our replies is a client's or an upstream's. */
  @Override
  public String replied(String line) {
    return line;
  }

  @Override
  public String sent(String line) {
    String[] words = line.split(" ", 3);
    return switch (words[0]) {
      case "EHLO" -> "EHLO " + NAME;
      case "STARTTLS" -> "STARTTLS";
      case SmtpXclient.KEYWORD -> SmtpXclient.KEYWORD + " <attributes>";
      case AUTH -> AUTH + " " + MechanismNames.shown(words[words.length - 1]);
      case "*" -> "*";
      case String _ -> OTHER;
    };
  }

  @Override
  public String answered(String line) {
    Matcher reply = REPLY.matcher(line);
    if (!reply.matches()) {
      return TraceWords.noReply(line);
    }
    String code = reply.group(1);
    if (reply.group(2) == null) {
      return code;
    }
    String enhanced = Optional.ofNullable(reply.group(3)).orElse("");
    String text = reply.group(4).strip();
    String shown = code.equals("334") ? CHALLENGE : keyword(text);
    String behind = text.isEmpty() ? "" : enhanced.isEmpty() ? shown : " " + shown;
    return (code + reply.group(2) + enhanced + behind).strip();
  }

  private static String keyword(String text) {
    List<String> words = List.of(text.toUpperCase(Locale.ROOT).split("[ \t]+"));
    String first = words.getFirst();
    if (first.equals(AUTH)) {
      return words.stream()
          .skip(1)
          .map(MechanismNames::shown)
          .distinct()
          .collect(Collectors.joining(" ", AUTH + " ", ""));
    }
    return KEYWORDS.contains(first) ? first : TEXT;
  }
}
