package dev.postern.admin.api;

import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whose things a token may see and change. What it may not see it is told of as of what is not
 * there, in the same words.
 */
final class Reach {
  /** What the listener takes for a trick when it stands in a path, however it is written there. */
  private static final Pattern UNFIT_FOR_PATH = Pattern.compile("\\.{1,2}|.*[/%\\\\;].*");

  private Reach() {}

  /**
   * The user of that name, or of the id behind an {@code @}.
   *
   * @throws Refusal {@code NOT_FOUND} if there is none, or none for this token
   */
  static User user(Call call, String text) {
    return found(call, text).filter(user -> sees(call, user)).orElseThrow(Refusal::notFound);
  }

  private static Optional<User> found(Call call, String text) {
    return text.lastIndexOf('@') == 0
        ? call.store().users().findById(text.substring(1))
        : call.store().users().find(text);
  }

  /** Where a user is: by the name if a path can hold it. */
  static String address(User user) {
    return RouteTable.BASE
        + "/users/"
        + (UNFIT_FOR_PATH.matcher(user.name()).matches()
            ? "@" + user.id()
            : Pages.encoded(user.name()));
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
