package dev.postern.admin.api;

import dev.postern.store.access.Role;
import java.util.EnumSet;
import java.util.Set;

/** Who may do what kind of thing. */
final class Roles {
  /** Sees things. */
  static final Set<Role> READERS = EnumSet.of(Role.ADMIN, Role.OPERATOR, Role.AUDITOR);

  /** Sees things of a user who is named. */
  static final Set<Role> FINDERS =
      EnumSet.of(Role.ADMIN, Role.OPERATOR, Role.AUDITOR, Role.HELPDESK);

  /** Changes things. */
  static final Set<Role> CHANGERS = EnumSet.of(Role.ADMIN, Role.OPERATOR);

  /** Stops things. */
  static final Set<Role> STOPPERS = EnumSet.of(Role.ADMIN, Role.OPERATOR, Role.HELPDESK);

  /** Watches what is said in logins. */
  static final Set<Role> TRACERS = EnumSet.of(Role.ADMIN, Role.OPERATOR, Role.HELPDESK);

  /** Makes app passwords. */
  static final Set<Role> ISSUERS = EnumSet.of(Role.ADMIN, Role.OPERATOR, Role.ISSUER);

  /** Decides who may do all this, and what is kept of people. */
  static final Set<Role> ADMINS = EnumSet.of(Role.ADMIN);

  static final Set<Role> ALL = EnumSet.allOf(Role.class);

  private Roles() {}
}
