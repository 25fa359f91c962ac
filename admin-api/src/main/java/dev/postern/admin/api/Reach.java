package dev.postern.admin.api;

import dev.postern.store.RefusedException;
import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import java.util.Optional;
import java.util.function.Supplier;
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
    return isId(text)
        ? call.store().users().findById(text.substring(1))
        : call.store().users().find(text);
  }

  private static boolean isId(String text) {
    return text.lastIndexOf('@') == 0;
  }

  /**
   * What is done with a thing that the path alone names: what cannot be a name is nobody's.
   *
   * @throws Refusal {@code NOT_FOUND} if the store says that it cannot be one
   */
  static <T> T named(Supplier<T> work) {
    try {
      return work.get();
    } catch (RefusedException refused) {
      throw refused.code() == RefusedException.Code.INVALID ? Refusal.notFound() : refused;
    }
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
   * The name that was given, or that of the user of the id behind an {@code @}. Lets issuers go on
   * where it is in a domain of theirs; whether there is such a user does not matter.
   *
   * @throws Refusal {@code FORBIDDEN} for issuers, also where there is no such id; else {@code
   *     NOT_FOUND} then, and where it can be nobody's name
   */
  static String nameInDomain(Call call, String text) {
    Optional<String> name =
        isId(text)
            ? found(call, text).map(User::name)
            : LoginName.parse(text).filter(LoginName::fitsUser).map(LoginName::value);
    requireDomain(call, name.orElse(""));
    return name.orElseThrow(Refusal::notFound);
  }

  private static void requireDomain(Call call, String name) {
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
   * Whose things a list is to show: the name of the user, where the text is a name of that user's
   * or an id behind an {@code @}, else the text as it stands. The helpdesk has to say it.
   *
   * @throws Refusal {@code FORBIDDEN} if the helpdesk names nobody, {@code NOT_FOUND} if nobody is
   *     there for it, or has that id
   */
  static Optional<String> namedUser(Call call) {
    Optional<String> given = call.text("user");
    if (call.isOf(Role.HELPDESK) && given.isEmpty()) {
      throw Refusal.forbidden("A token of role helpdesk must name a user here.");
    }
    Optional<User> holder = given.flatMap(text -> holder(call, text));
    boolean mustBeThere = call.isOf(Role.HELPDESK) || given.filter(Reach::isId).isPresent();
    if (mustBeThere && holder.filter(user -> sees(call, user)).isEmpty()) {
      throw Refusal.notFound();
    }
    return holder.map(User::name).or(() -> given);
  }

  private static Optional<User> holder(Call call, String text) {
    return isId(text) ? found(call, text) : call.store().users().holder(text);
  }
}
