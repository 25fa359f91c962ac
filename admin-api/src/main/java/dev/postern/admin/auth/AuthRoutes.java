package dev.postern.admin.auth;

import dev.postern.admin.api.Refusal;
import io.javalin.config.RoutesConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;

/** The URL table of the listener for other programs. */
public final class AuthRoutes {
  /** Most connections to that listener: refusals wait on theirs. */
  public static final int CONNECTIONS = 1000;

  private final AuthMetrics metrics;
  private final NginxResource nginx;
  private final VerifyResource verify;
  private final DovecotResource dovecot;

  /**
   * @param metrics where answers are counted
   */
  public AuthRoutes(AuthDesk desk, Clock clock, MeterRegistry metrics) {
    this.metrics = new AuthMetrics(metrics);
    Gate gate = new Gate(desk);
    Verification verification =
        new Verification(desk, this.metrics, new FailureBudgets(System::nanoTime));
    this.nginx = new NginxResource(gate, verification, desk, clock);
    this.verify = new VerifyResource(gate, verification, desk);
    this.dovecot = new DovecotResource(gate, verification, desk);
  }

  /** Adds all routes. */
  public void addTo(RoutesConfig routes) {
    metrics.expect();
    routes.before(request -> request.header("Cache-Control", "no-store"));
    routes.exception(Refusal.class, (refusal, request) -> refusal.answer(request));
    routes.get("/auth/nginx", nginx::get);
    routes.post("/auth/verify", verify::post);
    routes.post("/auth/dovecot", dovecot::post);
  }
}
