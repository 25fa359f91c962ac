package dev.postern.admin.api;

import dev.postern.admin.json.StrictJson;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Puts the API and its document into a web server. */
public final class ApiRoutes {
  private final List<Operation> operations;
  private final ObjectNode document;
  private final OperationEndpoint.Gatehouse gatehouse;
  private final Site site;

  /**
   * @param metrics where requests are counted
   * @param version of this program, for the document
   */
  public ApiRoutes(Site site, Clock clock, MeterRegistry metrics, String version) {
    this(site, clock, metrics, version, PacedBody.Pace.USUAL);
  }

  /**
   * @param pace of bodies that are read as they come
   */
  ApiRoutes(Site site, Clock clock, MeterRegistry metrics, String version, PacedBody.Pace pace) {
    this.site = site;
    this.operations = RouteTable.operations(site, clock);
    this.document = OpenApiDocument.of(operations, version);
    this.gatehouse =
        new OperationEndpoint.Gatehouse(
            new Access(),
            new RequestPace(System::nanoTime),
            new WorkingRoom(),
            pace,
            new OnceOnly(),
            ApiMetrics.in(metrics));
  }

  /** Adds all routes. */
  public void addTo(RoutesConfig routes) {
    byte[] json = StrictJson.write(document);
    byte[] page = DocsPage.of(document).getBytes(StandardCharsets.UTF_8);
    routes.get("/openapi.json", request -> request.contentType("application/json").result(json));
    routes.get(
        "/docs",
        request ->
            request
                .header("Content-Security-Policy", DocsPage.contentSecurityPolicy())
                .contentType("text/html; charset=utf-8")
                .result(page));
    for (Operation operation : operations) {
      Handler handler = new OperationEndpoint(operation, gatehouse, site::store)::handle;
      routes.addEndpoint(
          Endpoint.create(
                  HandlerType.findOrCreate(operation.method().name()),
                  RouteTable.BASE + operation.path())
              .handler(handler));
    }
  }
}
