package dev.postern.deploy.peers;

import java.util.List;
import java.util.Set;

/** A program that reads or sends mail, told by its own means what to do. */
interface MailClient {
  /** Every client of the tests. */
  static List<MailClient> all() {
    return List.of(
        new Curl(),
        new Swaks("PLAIN"),
        new Swaks("LOGIN"),
        new Mbsync(),
        new Fetchmail(),
        new Getmail(),
        new Mutt(),
        new Msmtp(),
        new PythonMail(),
        new AngusMail());
  }

  /** As in the table of refusals. */
  String name();

  /** The doors that it can use. */
  Set<Door> doors();

  /** Does an errand once. */
  Shown run(Errand errand);

  /**
   * What a client did.
   *
   * @param command what was run, without secrets
   * @param said what a person gets to see of it, without having asked for details
   * @param wire what the client shows of its talk with the server if asked
   */
  record Shown(String command, int exit, String said, String wire) {
    static Shown of(Program.Result result, String said, String wire) {
      return new Shown(String.join(" ", result.command()), result.exit(), said, wire);
    }
  }
}
