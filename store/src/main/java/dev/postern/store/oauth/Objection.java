package dev.postern.store.oauth;

import java.util.List;

/** Why a consent that a person gave connects nothing. */
public sealed interface Objection {

  /** It is of another mailbox than that which is to be connected. */
  record OtherMailbox(String expected, String got) implements Objection {}

  /**
   * The provider does not say whose it is.
   *
   * @param why for a log
   */
  record Unnamed(String expected, String why) implements Objection {}

  /**
   * It opens less than was asked for: a person may untick what an application wants.
   *
   * @param scopes those that are missing, in the words of the configuration
   */
  record Ungranted(List<String> scopes) implements Objection {
    public Ungranted {
      scopes = List.copyOf(scopes);
    }
  }

  /** It would be over with its first access token. */
  record NoRefreshToken() implements Objection {}

  /** Its name for programs. */
  default String word() {
    return switch (this) {
      case OtherMailbox _ -> "other-mailbox";
      case Unnamed _ -> "unnamed-mailbox";
      case Ungranted _ -> "scopes-not-granted";
      case NoRefreshToken _ -> "no-refresh-token";
    };
  }

  /** What is wrong, for operators. */
  default String detail() {
    return switch (this) {
      case OtherMailbox(String expected, String got) ->
          "the consent is of " + printable(got) + ", and the mailbox is " + expected;
      case Unnamed(String expected, String why) ->
          "the provider does not say whose consent it is ("
              + why
              + "), and the mailbox is "
              + expected;
      case Ungranted(List<String> scopes) ->
          "the provider did not grant " + String.join(" ", scopes);
      case NoRefreshToken() -> "the provider gave no refresh token";
    };
  }

  /** What operators do about it. */
  default String remedy() {
    return switch (this) {
      case OtherMailbox(String expected, String got) ->
          "sign in at the provider as "
              + expected
              + ", or, if that mailbox is shared with the other, add --other-mailbox "
              + printable(got);
      case Unnamed _ ->
          "ask for its name as well (login.scopes: openid, email), or add --unnamed-mailbox";
      case Ungranted _ ->
          "consent again, and leave everything ticked on the provider's page; if it was, allow the"
              + " registration these scopes there, or take them out of login.scopes";
      case NoRefreshToken() ->
          "ask for one: offline_access among login.scopes; at Google the preset asks for it, with"
              + " access_type=offline";
    };
  }

  private static String printable(String name) {
    return name.replaceAll("[^!-~]", "?");
  }
}
