package dev.postern.gateway.dialogue;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One conversation as a script, parsed; {@code dialogues/README.md} describes the form. It knows
 * nothing of how it is replayed: against the pure dialogues, an embedded channel or a socket.
 *
 * @param name the file's name without its ending
 * @param listener empty: the script is about the upstream side alone
 * @param users what the verifier says of each login name; a name that is not here is unknown
 * @param upstream what happens once a client is let in
 */
public record Transcript(
    String name,
    Optional<Listener> listener,
    Map<String, User> users,
    Optional<Upstream> upstream,
    List<Line> lines) {

  public Transcript {
    users = Map.copyOf(users);
    lines = List.copyOf(lines);
  }

  /** Where the client connects to. */
  public record Listener(Scope protocol, SessionFacts facts) {}

  /**
   * What the verifier says.
   *
   * @param secret if there is one, any other is refused as wrong
   */
  public record User(Optional<String> secret, Verdict verdict) {}

  /** A verdict. */
  public sealed interface Verdict {
    record Accepted() implements Verdict {}

    /** Accepted, but there are as many sessions as there may be. */
    record Crowded() implements Verdict {}

    /** The upstream is to judge the secret. */
    record Own(boolean isNoticeDue) implements Verdict {}

    record Rejected(RejectReason reason) implements Verdict {}

    record Throttled(boolean isRefused) implements Verdict {}

    record Unavailable(Trouble trouble) implements Verdict {}
  }

  /** What is behind the gateway. */
  public sealed interface Upstream {
    /**
     * A server whose part the script speaks.
     *
     * @param account empty: log in as nobody
     */
    record Speaks(
        Scope protocol,
        UpstreamPlan.Security security,
        Optional<Account> account,
        List<String> promised,
        List<String> floor,
        Optional<ClientIdentity> told,
        boolean isMailboxProbed)
        implements Upstream {
      public Speaks {
        promised = List.copyOf(promised);
        floor = List.copyOf(floor);
      }

      /** What nobody may see; empty if there is nothing. */
      public String secret() {
        return account.map(Account::secret).orElse("");
      }

      /** How to log in there. */
      public UpstreamPlan plan() {
        return new UpstreamPlan(
            security,
            "mail.example.com",
            account.map(Account::credentials),
            promised,
            floor,
            told,
            isMailboxProbed);
      }
    }

    /** Whom to log in as there. */
    sealed interface Account {
      String secret();

      /** Fresh ones each time: who gets them wipes them. */
      UpstreamCredentials credentials();

      record Password(Optional<String> authorizeAs, String loginName, String secret)
          implements Account {
        @Override
        public UpstreamCredentials credentials() {
          return new UpstreamCredentials.Password(authorizeAs, loginName, Secret.ofText(secret));
        }
      }

      record Bearer(String mailbox, String secret, String host, int port, boolean isXoauth2First)
          implements Account {
        @Override
        public UpstreamCredentials credentials() {
          return new UpstreamCredentials.Bearer(
              mailbox, Secret.ofText(secret), host, port, isXoauth2First);
        }
      }

      record OurWord(String mailbox, Optional<ClientIdentity.Endpoint> client) implements Account {
        @Override
        public String secret() {
          return "";
        }

        @Override
        public UpstreamCredentials credentials() {
          return new UpstreamCredentials.OurWord(mailbox, client);
        }
      }
    }

    /** None: connecting fails. */
    record Fails(UpstreamFailure.Cause cause) implements Upstream {}
  }

  /**
   * A line of the script.
   *
   * @param number in the file, from 1
   * @param source as it stands there
   */
  public record Line(int number, String source, Action action) {}

  /** What a line does: feed something in, or expect something out. */
  public sealed interface Action {

    /** {@code C}: these bytes from the client; {@code C~} leaves the line end out. */
    record ClientSends(TranscriptText text, boolean withLineEnd) implements Action {}

    /** {@code S}: this line to the client. */
    record ClientGets(TranscriptText text) implements Action {}

    /** {@code U<}: this line from the upstream. */
    record UpstreamSends(TranscriptText text) implements Action {}

    /** {@code U>}: this line to the upstream. */
    record UpstreamGets(TranscriptText text) implements Action {}

    /** {@code -- starttls --}: TLS starts towards the client. */
    record StartsTls() implements Action {}

    /** {@code -- upstream starttls --}: TLS starts towards the upstream. */
    record UpstreamStartsTls() implements Action {}

    /** {@code -- delayed --}: what follows is said after the failure delay. */
    record IsDelayed() implements Action {}

    /** {@code -- verified mechanism "login name" "client name" --}. */
    record IsVerified(String mechanism, String loginName, String clientName) implements Action {}

    /** {@code -- exposed mechanism "login name" "client name" --}. */
    record IsExposed(String mechanism, String loginName, String clientName) implements Action {}

    /** {@code -- logged in FEATURE … --}: the upstream dialogue is done. */
    record LogsIn(TranscriptText features) implements Action {}

    /**
     * {@code -- failed cause "detail" backoff=ms --}: the upstream dialogue has given up.
     *
     * @param detail if it is given, what our log says
     */
    record Fails(UpstreamFailure.Cause cause, Optional<String> detail, Optional<Duration> backoff)
        implements Action {
      /** Whether it has failed like this. */
      public boolean meets(UpstreamFailure failure) {
        return failure.cause() == cause
            && detail.filter(text -> !text.equals(failure.detail())).isEmpty()
            && failure.backoff().equals(backoff);
      }
    }

    /** {@code -- spliced --}: from here on bytes are relayed. */
    record IsSpliced() implements Action {}

    /** {@code -- closed --}: the gateway closes the client's connection. */
    record IsClosed() implements Action {}

    /** {@code -- deadline --} and the like: the gateway ends the connection. */
    record Ends(FrontEvent.Reason reason) implements Action {}
  }
}
