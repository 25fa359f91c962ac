package dev.postern.admin.api;

import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;

/**
 * Whose things a token may see and change. What it may not see it is told of as of what is not
 * there, in the same words.
 */
final class Reach {
  private Reach() {}

  /**
   * The user of that name.
   *
   * @throws Refusal {@code NOT_FOUND} if there is none, or none for this token
   */
  static User user(Call call, String name) {
    return call.store()
        .users()
        .find(name)
        .filter(user -> sees(call, user))
        .orElseThrow(Refusal::notFound);
  }

  /**
   * The app password of that id.
   *
   * @throws Refusal {@code NOT_FOUND} if there is none, or none for this token
   */
  static AppPassword appPassword(Call call, String id) {
    AppPassword password = call.store().appPasswords().find(id).orElseThrow(Refusal::notFound);
    if (call.isOf(Role.HELPDESK)) {
      User _ = user(call, password.user());
    }
    return password;
  }

  /** Whether a token may know of a user. */
  static boolean sees(Call call, User user) {
    return !(call.isOf(Role.HELPDESK) && user.isProtected());
  }

  /**
   * Lets issuers go on where the name is in a domain of theirs; whether there is such a user does
   * not matter.
   *
   * @throws Refusal {@code FORBIDDEN}
   */
  static void requireDomain(Call call, String name) {
    if (!call.isOf(Role.ISSUER)) {
      return;
    }
    String domain =
        LoginName.parse(name)
            .map(LoginName::value)
            .filter(text -> text.indexOf('@') > 0)
            .map(text -> text.substring(text.lastIndexOf('@') + 1))
            .orElse("");
    if (!call.caller().token().domains().contains(domain)) {
      throw Refusal.forbidden("This token is not for users of that domain.");
    }
  }

  /**
   * Has the helpdesk say whose things it wants to see, and looks whether they are for it.
   *
   * @throws Refusal {@code FORBIDDEN} if nobody is named
   */
  static void requireUser(Call call) {
    if (!call.isOf(Role.HELPDESK)) {
      return;
    }
    String name =
        call.text("user")
            .orElseThrow(
                () -> Refusal.forbidden("A token of role helpdesk must name a user here."));
    User _ = user(call, name);
  }
}
