package dev.postern.admin.auth;

import dev.postern.admin.api.Access;
import dev.postern.admin.api.ProblemType;
import dev.postern.admin.api.Refusal;
import dev.postern.admin.api.SingleHeader;
import dev.postern.store.Store;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.Role;
import io.javalin.http.Context;
import java.net.InetAddress;

/** Lets programs in that show a token of role {@code verifier}, and nobody else. */
final class Gate {
  private final AuthDesk desk;
  private final Access access = new Access();

  Gate(AuthDesk desk) {
    this.desk = desk;
  }

  /** Who asks, and what there is to be asked. */
  record Entry(Store store, ApiToken token) {}

  /**
   * Looks whose a request is. A token that may do more than verify is refused: a proxy is no place
   * to keep one.
   */
  Entry entry(Context request) {
    Store store =
        desk.store()
            .orElseThrow(() ->
                Refusal.of(ProblemType.UNAVAILABLE, "The server is still starting.").retryAfter(1));
    ApiToken token =
        access.token(
            store.apiTokens(),
            SingleHeader.of(request, "Authorization"),
            InetAddress.ofLiteral(request.ip()));
    if (token.role() != Role.VERIFIER) {
      throw Refusal.forbidden("This takes a token of role verifier, and of no other.");
    }
    return new Entry(store, token);
  }
}
