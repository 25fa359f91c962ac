package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.sasl.MechanismNames;
import dev.postern.store.auth.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a trace shows of an IMAP login. A client's tag is not shown: a response that comes when none
 * is wanted is a tag, too.
 */
final class ImapTrace implements TraceWords<ImapCommand> {
  private static final String TAG = "<tag>";
  private static final String UNTAGGED = "*";
  private static final String CONTINUATION = "+";
  private static final String LIST_START = "[CAPABILITY ";

  /** As {@link ImapUpstream} makes them. */
  private static final Pattern OUR_TAG = Pattern.compile("P[0-9]{1,3}");

  /** What a login may depend on, and what mail programs look for. */
  private static final Set<String> CAPABILITIES =
      Set.of(
          "IMAP4REV1",
          "IMAP4REV2",
          "STARTTLS",
          "LOGINDISABLED",
          "SASL-IR",
          "ID",
          "IDLE",
          "ENABLE",
          "LITERAL+",
          "LITERAL-",
          "NAMESPACE",
          "UIDPLUS",
          "CONDSTORE",
          "QRESYNC",
          "MOVE",
          "UNSELECT",
          "SPECIAL-USE",
          "QUOTA",
          "ACL",
          "SORT",
          "COMPRESS=DEFLATE",
          "X-GM-EXT-1");

  private static final Set<String> SENT =
      Set.of("CAPABILITY", "STARTTLS", "NAMESPACE", "LOGOUT", "NOOP");

  @Override
  public String said(ImapCommand command, int octets) {
    return switch (command) {
      case ImapCommand.Capability _ -> tagged("CAPABILITY");
      case ImapCommand.Noop _ -> tagged("NOOP");
      case ImapCommand.Logout _ -> tagged("LOGOUT");
      case ImapCommand.Id _ -> tagged("ID <fields>");
      case ImapCommand.Enable _ -> tagged("ENABLE <names>");
      case ImapCommand.StartTls _ -> tagged("STARTTLS");
      case ImapCommand.Login _ -> tagged("LOGIN " + NAME + " " + SECRET);
      case ImapCommand.Authenticate(var _, String mechanism, Optional<Secret> initial) ->
          tagged(MechanismNames.shown("AUTHENTICATE", mechanism, initial));
      case ImapCommand.SaslResponse(Secret line) -> TraceWords.response(line);
      case ImapCommand.LiteralWanted(var _, Purpose purpose) ->
          switch (purpose) {
            case CREDENTIALS -> tagged("LOGIN <waits for a literal>");
            case IDENTIFICATION -> tagged("ID <waits for a literal>");
          };
      case ImapCommand.OtherState _ -> tagged(NEEDS_LOGIN);
      case ImapCommand.Unknown _ -> TraceWords.noCommand(octets);
      case ImapCommand.Malformed(var _, Flaw flaw) -> malformed(flaw, octets);
    };
  }

  private static String malformed(Flaw flaw, int octets) {
    return switch (flaw) {
      case TAG, NO_COMMAND -> TraceWords.noCommand(octets);
      case COMMAND_FOR_TAG -> "<command without a tag>";
      case ARGUMENTS -> "<command whose arguments are missing or wrong>";
      case LITERAL_TOO_LARGE, ENDLESS_LITERAL -> "<command with a literal that is too large>";
      case TOO_LONG -> TOO_LONG;
      case OTHER_PROTOCOL -> OTHER_PROTOCOL;
    };
  }

  private static String tagged(String command) {
    return TAG + " " + command;
  }

  /** After the login the list of capabilities is the upstream's. */
  @Override
  public String replied(String line) {
    int behind = Math.max(0, line.indexOf(' '));
    String first = line.substring(0, behind);
    String rest = line.substring(behind);
    String who = first.equals(UNTAGGED) || first.equals(CONTINUATION) ? first : TAG;
    if (rest.startsWith(" " + ImapResponse.CAPABILITY + " ")) {
      return who + " " + listed(rest.substring(ImapResponse.CAPABILITY.length() + 2));
    }
    int list = rest.indexOf(LIST_START);
    int end = list < 0 ? -1 : rest.indexOf(']', list);
    return end < 0
        ? who + rest
        : who
            + rest.substring(0, list)
            + "["
            + listed(rest.substring(list + LIST_START.length(), end))
            + rest.substring(end);
  }

  private static String listed(String words) {
    return listed(List.of(words.strip().split(" +")));
  }

  private static String listed(List<String> words) {
    List<String> shown = new ArrayList<>(List.of(ImapResponse.CAPABILITY));
    int others = 0;
    for (String word : words) {
      String name = word.toUpperCase(Locale.ROOT);
      if (name.startsWith(ImapCapabilities.AUTH)) {
        shown.add(
            ImapCapabilities.AUTH
                + MechanismNames.shown(name.substring(ImapCapabilities.AUTH.length())));
      } else if (CAPABILITIES.contains(name)) {
        shown.add(name);
      } else {
        others++;
      }
    }
    return String.join(" ", shown) + (others == 0 ? "" : " <and " + others + " more>");
  }

  @Override
  public String sent(String line) {
    String[] words = line.split(" ", 4);
    if (words.length < 2) {
      return line.equals(UNTAGGED) ? UNTAGGED : OTHER;
    }
    String who = ours(words[0]) + " ";
    return switch (words[1]) {
      case "ID" -> who + "ID <fields>";
      case "AUTHENTICATE" -> who + "AUTHENTICATE " + MechanismNames.shown(words[words.length - 1]);
      case String verb -> who + (SENT.contains(verb) ? verb : OTHER);
    };
  }

  @Override
  public String answered(String line) {
    return switch (ImapResponse.of(line)) {
      case ImapResponse.Continuation(String challenge) ->
          challenge.isEmpty() ? CONTINUATION : CONTINUATION + " " + CHALLENGE;
      case Status status ->
          ours(status.tag())
              + " "
              + status.word()
              + status.tellingCode()
              + status.capabilities().map(words -> " [" + listed(words) + "]").orElse("");
      case ImapResponse.Capabilities(List<String> words) -> UNTAGGED + " " + listed(words);
      case ImapResponse.Other _ -> UNTAGGED + " " + OTHER;
      case ImapResponse.Garbage _ -> TraceWords.noReply(line);
    };
  }

  private static String ours(String tag) {
    return tag.equals(UNTAGGED) || OUR_TAG.matcher(tag).matches() ? tag : TAG;
  }
}
