package dev.postern.store.auth;

/** Whom a policy is for. The narrower one wins, rule by rule: user, group, domain, site. */
public sealed interface PolicySubject {

  /** One user, by login name. */
  record OfUser(String name) implements PolicySubject {}

  /** Everybody whose user says so. */
  record OfGroup(String name) implements PolicySubject {}

  /** Everybody whose login name ends in {@code @} and this. */
  record OfDomain(String domain) implements PolicySubject {}

  /** Everybody. */
  record OfSite() implements PolicySubject {}

  /** {@code user}, {@code group}, {@code domain} or {@code site}. */
  default String kind() {
    return switch (this) {
      case OfUser _ -> "user";
      case OfGroup _ -> "group";
      case OfDomain _ -> "domain";
      case OfSite _ -> "site";
    };
  }

  /** Its name; empty for the site. */
  default String name() {
    return switch (this) {
      case OfUser(String name) -> name;
      case OfGroup(String name) -> name;
      case OfDomain(String domain) -> domain;
      case OfSite _ -> "";
    };
  }

  /** For people, such as {@code group sales}. */
  default String words() {
    return (kind() + " " + name()).strip();
  }
}
