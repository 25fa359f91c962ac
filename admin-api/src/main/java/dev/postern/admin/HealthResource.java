package dev.postern.admin;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code GET /health/live} says that the process answers; {@code GET /health/ready} whether clients
 * should be sent to this node, 503 if not. A part that is not needed is reported and changes
 * nothing: one dead upstream of ten must not take the gateway out of rotation.
 */
final class HealthResource {
  private static final Logger LOG = LoggerFactory.getLogger(HealthResource.class);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final RecentHealth health;

  HealthResource(RecentHealth health) {
    this.health = health;
  }

  void live(Context request) {
    answer(request, 200, Map.of("live", true));
  }

  void ready(Context request) {
    List<HealthSource.Part> parts = parts();
    boolean isReady = parts.stream().allMatch(part -> part.isUp() || !part.isNeeded());
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("ready", isReady);
    body.put("parts", parts.stream().map(HealthResource::json).toList());
    answer(request, isReady ? 200 : 503, body);
  }

  private List<HealthSource.Part> parts() {
    try {
      return health.parts();
    } catch (RuntimeException failure) {
      LOG.warn("the health check itself failed", failure);
      List<HealthSource.Part> unknown = new ArrayList<>();
      unknown.add(
          new HealthSource.Part("health", false, true, "the check itself failed; see the log"));
      return unknown;
    }
  }

  private static Map<String, Object> json(HealthSource.Part part) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", part.name());
    body.put("up", part.isUp());
    body.put("needed", part.isNeeded());
    if (!part.detail().isEmpty()) {
      body.put("detail", part.detail());
    }
    return body;
  }

  private static void answer(Context request, int status, Object body) {
    request.status(status).contentType("application/json").result(JSON.writeValueAsBytes(body));
  }
}
