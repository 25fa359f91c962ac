package dev.postern.deploy.peers;

import dev.postern.deploy.peers.PosternSite.Account;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One run of curl as somebody; the password goes into a file. */
final class CurlAs {
  private CurlAs() {}

  /**
   * Runs it to its end, whatever that is.
   *
   * @param what its arguments, beside who asks and whom to believe
   */
  static Program.Result run(
      PeerFolder folder, PeerCertificates certificates, Account account, String... what) {
    Path secrets =
        folder.write("curlrc", "user = \"%s:%s\"\n".formatted(account.user(), account.password()));
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-sS",
                "--config",
                secrets.toString(),
                "--cacert",
                certificates.ca().toString()));
    command.addAll(List.of(what));
    return Program.run(command.toArray(String[]::new));
  }
}
