package dev.postern.deploy.cli;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.PolicySubject;

/** What is in force for a user; or why that cannot be told. */
sealed interface Ruling {
  /** The rules. */
  record Known(AppPasswordPolicy policy) implements Ruling {}

  /** Somebody else than Postern wrote one of the policies. */
  record Unknown(String why) implements Ruling {}

  static Ruling of(Store store, String user) {
    try {
      return new Known(store.policies().inForce(new PolicySubject.OfUser(user)));
    } catch (RefusedException refused) {
      return new Unknown(String.valueOf(refused.getMessage()));
    }
  }

  /** In one line. */
  default String line() {
    return switch (this) {
      case Known(AppPasswordPolicy policy) -> PolicyViews.line(policy);
      case Unknown(String why) -> why;
    };
  }
}
