package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.pop3.Pop3Command.Flaw;
import dev.postern.gateway.sasl.MechanismNames;
import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a trace shows of a POP3 login. Of an upstream's lines that is the status with its code, and
 * capabilities that are known: servers repeat names in their texts.
 */
final class Pop3Trace implements TraceWords<Pop3Command> {
  private static final String AUTH = "AUTH";
  private static final String SASL = "SASL";
  private static final String END = ".";

  /** What CAPA lists, RFC 2449 §6, without parameters. */
  private static final Set<String> CAPABILITIES =
      Set.of(
          "STLS",
          "USER",
          "TOP",
          "UIDL",
          "PIPELINING",
          "RESP-CODES",
          "AUTH-RESP-CODE",
          "EXPIRE",
          "LOGIN-DELAY",
          "UTF8",
          "LANG",
          "IMPLEMENTATION",
          "XCLIENT");

  @Override
  public String said(Pop3Command command, int octets) {
    return switch (command) {
      case Pop3Command.Capa _ -> "CAPA";
      case Pop3Command.Stls(boolean hasArguments) -> hasArguments ? "STLS <arguments>" : "STLS";
      case Pop3Command.User(String loginName) -> loginName.isEmpty() ? "USER" : "USER " + NAME;
      case Pop3Command.Pass _ -> "PASS " + SECRET;
      case Pop3Command.Mechanisms _ -> AUTH;
      case Pop3Command.Auth(String mechanism, Optional<Secret> initial) ->
          MechanismNames.shown(AUTH, mechanism, initial);
      case Pop3Command.SaslResponse(Secret line) -> TraceWords.response(line);
      case Pop3Command.Apop _ -> "APOP " + NAME + " <digest>";
      case Pop3Command.Xclient _ -> "XCLIENT <attributes>";
      case Pop3Command.Noop _ -> "NOOP";
      case Pop3Command.Quit _ -> "QUIT";
      case Pop3Command.NeedsLogin _ -> NEEDS_LOGIN;
      case Pop3Command.Unknown _ -> TraceWords.noCommand(octets);
      case Pop3Command.Malformed(Flaw flaw) -> malformed(flaw, octets);
    };
  }

  private static String malformed(Flaw flaw, int octets) {
    return switch (flaw) {
      case CONTROL_CHARACTER -> TraceWords.noCommand(octets);
      case NAME_TOO_LONG -> "USER <name that is too long>";
      case SECRET_TOO_LONG -> "PASS <secret that is too long>";
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
      case "CAPA" -> "CAPA";
      case Pop3Capabilities.STLS -> Pop3Capabilities.STLS;
      case "XCLIENT" -> "XCLIENT <attributes>";
      case AUTH -> AUTH + " " + MechanismNames.shown(words[words.length - 1]);
      case "*" -> "*";
      case String _ -> OTHER;
    };
  }

  @Override
  public String answered(String line) {
    return switch (Pop3Response.of(line)) {
      case Pop3Response.Ok _ -> "+OK";
      case Pop3Response.Err err -> err.telling();
      case Pop3Response.Continuation(String challenge) ->
          challenge.isEmpty() ? "+" : "+ " + CHALLENGE;
      case Pop3Response.Garbage _ -> line.equals(END) ? END : capability(line);
    };
  }

  private static String capability(String line) {
    List<String> words = List.of(line.strip().toUpperCase(Locale.ROOT).split(" +"));
    String first = words.getFirst();
    if (first.equals(SASL)) {
      return words.stream()
          .skip(1)
          .map(MechanismNames::shown)
          .distinct()
          .collect(Collectors.joining(" ", SASL + " ", ""));
    }
    return CAPABILITIES.contains(first) ? first : TraceWords.noReply(line);
  }
}
