package dev.postern.gateway.login;

import dev.postern.gateway.dialogue.SessionFacts.Tls;

/**
 * How things stand on a connection.
 *
 * @param client what the protocol knows of its client
 */
record Standing<K>(Tls tls, K client, Counts counts) {

  /** No secret is taken in clear. */
  boolean isClosed() {
    return tls == Tls.REQUIRED;
  }

  Standing<K> knowing(K more) {
    return new Standing<>(tls, more, counts);
  }

  Standing<K> withCommand() {
    return with(
        new Counts(
            counts.commands + 1,
            counts.errors,
            counts.refusals,
            counts.troubles,
            counts.statements));
  }

  Standing<K> withError() {
    return with(
        new Counts(
            counts.commands,
            counts.errors + 1,
            counts.refusals,
            counts.troubles,
            counts.statements));
  }

  Standing<K> withRefusal() {
    return with(
        new Counts(
            counts.commands,
            counts.errors,
            counts.refusals + 1,
            counts.troubles,
            counts.statements));
  }

  Standing<K> withTrouble() {
    return with(
        new Counts(
            counts.commands,
            counts.errors,
            counts.refusals,
            counts.troubles + 1,
            counts.statements));
  }

  Standing<K> withStatement() {
    return with(
        new Counts(
            counts.commands,
            counts.errors,
            counts.refusals,
            counts.troubles,
            counts.statements + 1));
  }

  private Standing<K> with(Counts more) {
    return new Standing<>(tls, client, more);
  }

  /**
   * What is counted on a connection; TLS does not make a new client of it.
   *
   * @param refusals logins that were not good
   * @param troubles logins that came to nothing for another reason
   * @param statements of whom it speaks for
   */
  record Counts(int commands, int errors, int refusals, int troubles, int statements) {
    static final Counts NONE = new Counts(0, 0, 0, 0, 0);

    int failures() {
      return refusals + troubles;
    }
  }
}
