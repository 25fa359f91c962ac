package dev.postern.deploy.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.oauth.ConsentLinks.Outcome;
import dev.postern.store.oauth.Objection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the log says where a browser came back and nothing was connected. */
final class NodeConsentsTest {
  private static String logged(Objection objection) {
    return NodeConsents.words(new Outcome.Unfit(objection));
  }

  @Test
  void saysWhatIsWrongAndWhatToDo() {
    assertThat(logged(new Objection.Ungranted(List.of("mail", "send"))))
        .startsWith("scopes-not-granted: the provider did not grant mail send; consent again");
    assertThat(logged(new Objection.NoRefreshToken()))
        .contains("no refresh token", "offline_access", "access_type=offline");
    assertThat(logged(new Objection.Unnamed("alice", "the ID token has ended (exp)")))
        .contains("(exp)", "--unnamed-mailbox");
    assertThat(logged(new Objection.OtherMailbox("alice", "mal lory")))
        .contains("the consent is of mal?lory, and the mailbox is alice");
  }
}
