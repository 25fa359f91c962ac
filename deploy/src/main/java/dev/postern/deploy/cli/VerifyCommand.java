package dev.postern.deploy.cli;

import dev.postern.deploy.cli.Surroundings.Wanted;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.store.Store;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern verify}: what a login would lead to, and why. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Say what a login would lead to, and why.",
      "The secret is read from standard input, or asked for at a terminal."
    },
    footer = {
      "",
      "Example:",
      "  postern verify alice@example.com --protocol imap --network 192.0.2.7"
    })
final class VerifyCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "USER", description = "Login name, as a mail client would send it.")
  private String user = "";

  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      required = true,
      description = "imap, submission or pop3.")
  private Scope protocol = Scope.IMAP;

  @Option(
      names = "--network",
      paramLabel = "ADDRESS",
      description = "Where the client would come from. Default 127.0.0.1.")
  private InetAddress network = InetAddress.ofLiteral("127.0.0.1");

  @Option(names = "--legacy", description = "As on a listener for old devices.")
  private boolean isLegacy;

  VerifyCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      Secret secret =
          invocation.surroundings().secrets().read(Wanted.secret("App password of " + user));
      Attempt attempt =
          new Attempt(
              user,
              secret,
              protocol,
              Protection.CLEAR,
              "command",
              network,
              "",
              isLegacy ? Lane.LEGACY : Lane.ORDINARY,
              new UpstreamRouting(configuration.gateway(), store.secretBox())
                  .judges(protocol, Optional.empty()));
      AuthOutcome outcome = store.rehearsal().verify(attempt).toCompletableFuture().join();
      return switch (outcome) {
        case AuthOutcome.Accepted(var grant) ->
            forecast(configuration, store).show(grant, protocol);
        case AuthOutcome.Delegate(Delegation delegation) ->
            delegated(delegation, configuration, store);
        case AuthOutcome.Rejected(RejectReason reason) -> rejected(reason);
        case AuthOutcome.Throttled(RejectReason reason, _, _) -> rejected(reason);
        case AuthOutcome.Unavailable(AuthOutcome.Trouble trouble) -> unavailable(trouble);
      };
    });
  }

  /** Nothing is sent anywhere for this. */
  private int delegated(Delegation delegation, Configuration configuration, Store store) {
    delegation.secret().close();
    delegation.unanswered();
    return forecast(configuration, store).show(delegation.grant(), protocol);
  }

  private UpstreamForecast forecast(Configuration configuration, Store store) {
    return new UpstreamForecast(
        invocation.output(),
        configuration.gateway(),
        store,
        invocation.surroundings().clock().instant());
  }

  private int rejected(RejectReason reason) {
    ObjectNode json =
        Output.object()
            .put("outcome", "rejected")
            .put("reason", reason.word())
            .put("detail", explain(reason));
    invocation.output().result(json, "Refused (" + reason.word() + "): " + explain(reason));
    return 1;
  }

  private int unavailable(AuthOutcome.Trouble trouble) {
    String detail =
        switch (trouble) {
          case DATABASE -> "the database cannot be asked; the client is told to try again";
          case OVERLOADED -> "too many look-ups are waiting; the client is told to try again";
          case POLICY -> "the policy service gives no answer; the client is told to try again";
          case UPSTREAM -> "the upstream has not judged it; the client is told to try again";
        };
    ObjectNode json =
        Output.object()
            .put("outcome", "unavailable")
            .put("reason", trouble.word())
            .put("detail", detail);
    invocation.output().result(json, "Unavailable (" + trouble.word() + "): " + detail);
    return 1;
  }

  private static String explain(RejectReason reason) {
    return switch (reason) {
      case BAD_NAME -> "the login name is empty, too long, or has control characters";
      case WRONG_SHAPE -> "this cannot be an app password: they have 16 to 32 letters and digits";
      case UNKNOWN_USER -> "there is no user and no app password with that login name";
      case WRONG_SECRET -> "no app password of the user has this secret";
      case OWN_PASSWORD_REFUSED -> "the upstream refused it as the user's own password";
      case TOO_MANY_GUESSES -> "too many wrong ones came for this user; see: postern sign-ins";
      case USER_DISABLED -> "the user is disabled; see: postern user show NAME";
      case REVOKED -> "the app password was revoked; make a new one";
      case SUSPENDED -> "the app password is suspended; see: postern app-password list USER";
      case EXPIRED -> "the app password is past its date; make a new one";
      case IDLE_EXPIRED -> "the app password was unused for longer than it allows";
      case OUT_OF_SCOPE -> "the app password is not for this protocol";
      case OUT_OF_NETWORK -> "the app password may not be used from this address";
      case OUT_OF_LANE -> "the app password was not made for a listener for old devices";
      case IN_CLEAR -> "it came without TLS where none is taken so";
      case DELEGATION -> "the client asked to act as somebody else";
      case BANNED -> "the address is banned; see: postern bans list, and guard.deny";
      case POLICY -> "the policy service refused it";
    };
  }
}
