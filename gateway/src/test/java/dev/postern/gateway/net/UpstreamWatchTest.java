package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UpstreamWatchTest {
  private final UpstreamWatch watch = new UpstreamWatch(config());
  private final UpstreamTarget target = watch.targets().getFirst();

  @Test
  void whatALoginDidNotFindIsMissingUntilTheNextProbe() {
    watch.offered(target, List.of("SIZE", "DSN"));
    watch.failed(target, broken("SIZE"));
    watch.failed(target, broken("SIZE"));
    assertThat(offers()).containsExactly(List.of("SIZE", "DSN"), List.of("SIZE"));

    watch.offered(target, List.of("SIZE", "DSN"));
    assertThat(offers()).containsExactly(List.of("SIZE", "DSN"));
  }

  @Test
  void anUpstreamOfManyAnswersIsTakenForOneThatOffersNothing() {
    for (int i = 0; i < 1_000; i++) {
      watch.failed(target, broken("X-" + i));
      assertThat(offers()).hasSizeLessThanOrEqualTo(8);
    }
    for (int i = 0; i < 8; i++) {
      watch.offered(target, List.of("DSN"));
      for (int another = 0; another < 8; another++) {
        watch.failed(target, broken("X-" + another));
      }
    }
    assertThat(offers()).containsExactly(List.of());
  }

  @Test
  void onlyAProbeCountsAsAsked() {
    assertThat(watch.isEachAsked(Scope.SUBMISSION, Optional.empty())).isFalse();
    assertThat(watch.isEachAsked(Scope.IMAP, Optional.empty())).as("there is none").isTrue();
    assertThat(watch.isEachAsked(Scope.SUBMISSION, Optional.of("other"))).isTrue();

    watch.failed(target, new UpstreamFailure(Cause.OVERLOADED, "too many"));
    watch.reached(target);
    assertThat(watch.isEachAsked(Scope.SUBMISSION, Optional.of("real"))).isFalse();

    watch.unanswered(target);
    assertThat(watch.isEachAsked(Scope.SUBMISSION, Optional.of("real"))).isTrue();
    assertThat(offers()).isEmpty();
  }

  private List<List<String>> offers() {
    return watch.offers(Scope.SUBMISSION, Optional.empty());
  }

  private static UpstreamFailure broken(String offered) {
    return new UpstreamFailure(Cause.BROKEN_PROMISE, "does not offer DSN", List.of(offered));
  }

  private static GatewayConfig config() {
    return new GatewayConfig(
        "gate.test",
        List.of(),
        Optional.empty(),
        TlsVersion.TLS_1_2,
        Map.of(
            "real",
            new Upstream(
                "real",
                Map.of(Scope.SUBMISSION, new Endpoint("localhost", 25, Security.CLEAR)),
                Optional.empty(),
                new LoginMethod.StoredPassword(),
                Identify.NONE,
                Watch.NEVER)),
        List.of(),
        Limits.DEFAULT);
  }
}
