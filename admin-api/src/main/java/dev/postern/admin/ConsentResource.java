package dev.postern.admin;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ConsentLinks.Brought;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import dev.postern.store.oauth.Objection;
import dev.postern.store.oauth.TokenTrouble;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;

/**
 * {@code GET /oauth/callback}: where a provider sends a person's browser after consent, RFC 6749
 * §4.1.2. What it brings is proof enough: a state that only the person's link had. The page says
 * nothing that the request said.
 */
final class ConsentResource {
  private static final int LONGEST_STATE = 128;
  private static final int LONGEST_CODE = 6 * 1024;

  /** RFC 6749 §3.1. */
  private static final List<String> ONCE = List.of("state", "code", "error", "iss");

  private final ConsentDesk desk;

  ConsentResource(ConsentDesk desk) {
    this.desk = desk;
  }

  void get(Context request) {
    String state = Optional.ofNullable(request.queryParam("state")).orElse("");
    Optional<String> code = Optional.ofNullable(request.queryParam("code"));
    Optional<String> error =
        Optional.ofNullable(request.queryParam("error")).filter(text -> !text.isEmpty());
    if (ONCE.stream().anyMatch(name -> request.queryParams(name).size() > 1)
        || state.isEmpty()
        || state.length() > LONGEST_STATE
        || (code.isEmpty() && error.isEmpty())
        || code.filter(text -> text.isEmpty() || text.length() > LONGEST_CODE).isPresent()) {
      page(request, 400, "This is no link of ours.");
      return;
    }
    follow(
            state,
            new Brought(
                code.map(Secret::ofText), error, Optional.ofNullable(request.queryParam("iss"))))
        .ifPresentOrElse(
            outcome -> answer(request, outcome),
            () -> page(request, 503, "The server is still starting: load this page again."));
  }

  private Optional<Outcome> follow(String state, Brought brought) {
    try {
      return desk.follow(state, brought);
    } finally {
      brought.code().ifPresent(Secret::close);
    }
  }

  private static void answer(Context request, Outcome outcome) {
    switch (outcome) {
      case Outcome.Connected _ ->
          page(request, 200, "Your mailbox is connected. You can close this page.");
      case Outcome.NoSuchLink() ->
          page(
              request,
              410,
              "This link has ended or was used before: ask your administrator for another one.");
      case Outcome.Declined _ ->
          page(request, 403, "Access was not allowed, so nothing was changed.");
      case Outcome.Unfit(Objection objection) -> page(request, 403, sentence(objection));
      case Outcome.Failed(TokenTrouble trouble)
          when trouble.kind() == TokenTrouble.Kind.PROVIDER_BUSY ->
          page(
              request,
              502,
              "The provider cannot do this just now. Try again later: ask your administrator for"
                  + " another link.");
      case Outcome.Failed(TokenTrouble trouble) ->
          page(
              request,
              502,
              "The provider did not let us in ("
                  + trouble.kind().word()
                  + "): ask your administrator.");
    }
  }

  private static String sentence(Objection objection) {
    return switch (objection) {
      case Objection.OtherMailbox _ ->
          "You signed in with another mailbox than the one that is to be connected: ask your"
              + " administrator for another link, and sign in with the right one.";
      case Objection.Unnamed _ ->
          "The provider did not say whose mailbox this is, so nothing was changed: your"
              + " administrator must ask it for the scopes <code>openid email</code>, or connect"
              + " with <code>--unnamed-mailbox</code>.";
      case Objection.Ungranted(List<String> scopes) ->
          "The provider did not grant all that is needed, so nothing was changed: ask your"
              + " administrator for another link, and leave everything ticked on the provider's"
              + " page. Missing: <code>"
              + escaped(String.join(" ", scopes))
              + "</code>.";
      case Objection.NoRefreshToken() ->
          "The provider let us in for an hour and not for longer, so nothing was changed: your"
              + " administrator must ask it for a refresh token (<code>offline_access</code>).";
    };
  }

  /** Words of the configuration, which may hold anything. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static void page(Context request, int status, String sentence) {
    request
        .status(status)
        .contentType("text/html; charset=utf-8")
        .result(
            "<!doctype html><html lang=\"en\"><title>Postern</title><p>"
                + sentence
                + "</p></html>\n");
  }
}
