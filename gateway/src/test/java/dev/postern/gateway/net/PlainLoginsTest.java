package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlainLoginsTest {
  private static final LoginMethod SEPARATED =
      new LoginMethod.MasterUser("svc", Secret.ofText("master"), Optional.of("*"));

  @Test
  void passwordsInClearWillDo() {
    assertThat(obstacle(SEPARATED, Security.CLEAR, Watch.AUTO)).isEmpty();
    assertThat(obstacle(new LoginMethod.StoredPassword(), Security.CLEAR, Watch.AUTO)).isEmpty();
    assertThat(
            obstacle(
                new LoginMethod.Fixed("relay", Secret.ofText("relay")),
                Security.CLEAR,
                Watch.NEVER))
        .isEmpty();
  }

  @Test
  void aMasterUserIsOfUseByHisSeparatorAlone() {
    assertThat(
            obstacle(
                new LoginMethod.MasterUser("svc", Secret.ofText("master"), Optional.empty()),
                Security.CLEAR,
                Watch.AUTO))
        .hasValueSatisfying(why -> assertThat(why).contains("login.separator"));
  }

  @Test
  void whatIsNoPasswordIsSaidToBeNone() {
    assertThat(obstacle(new LoginMethod.Trusted(), Security.CLEAR, Watch.AUTO))
        .hasValueSatisfying(why -> assertThat(why).contains("XCLIENT"));
    assertThat(obstacle(new LoginMethod.PassThrough(), Security.CLEAR, Watch.AUTO))
        .hasValueSatisfying(why -> assertThat(why).contains("own passwords"));
  }

  @Test
  void nobodySendsAMasterPasswordInClearWhereTlsIsAskedFor() {
    assertThat(obstacle(SEPARATED, Security.IMPLICIT_TLS, Watch.AUTO))
        .hasValueSatisfying(why -> assertThat(why).contains("imap address has TLS"));
    assertThat(obstacle(SEPARATED, Security.STARTTLS, Watch.AUTO)).isPresent();
  }

  @Test
  void sessionsThatAreToBeWatchedAreNotGivenAway() {
    assertThat(obstacle(SEPARATED, Security.CLEAR, Watch.ALWAYS))
        .hasValueSatisfying(why -> assertThat(why).contains("watched"));
  }

  @Test
  void whereThereIsNoAddressThereIsNoObstacle() {
    assertThat(
            PlainLogins.obstacle(
                upstream(new LoginMethod.Trusted(), Security.CLEAR, Watch.AUTO), Scope.POP3))
        .isEmpty();
  }

  private static Optional<String> obstacle(LoginMethod login, Security security, Watch watch) {
    return PlainLogins.obstacle(upstream(login, security, watch), Scope.IMAP);
  }

  private static Upstream upstream(LoginMethod login, Security security, Watch watch) {
    return new Upstream(
        "one",
        Map.of(Scope.IMAP, new Endpoint("127.0.0.1", 143, security)),
        Optional.empty(),
        login,
        Identify.NONE,
        watch);
  }
}
