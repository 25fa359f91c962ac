package dev.postern.admin.api;

import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

/**
 * All operations of the API: from this list come the routes, the checks and the document. They
 * stand below {@value #BASE}.
 */
final class RouteTable {
  static final String BASE = "/api/v1";

  private RouteTable() {}

  static List<Operation> operations(Site site, Clock clock) {
    return Stream.of(
            new UserResource(site).operations(),
            AppPasswordResource.operations(),
            RevocationResource.operations(),
            new ImportResource().operations(),
            new UserConsentResource(site).operations(),
            SessionResource.operations(),
            TraceResource.operations(),
            SignInResource.operations(),
            ChangeResource.operations(),
            ExportResource.operations(),
            new BanResource(site).operations(),
            PolicyResource.operations(),
            NodeResource.operations(),
            new UpstreamResource(site).operations(),
            new TokenResource(clock).operations())
        .flatMap(List::stream)
        .toList();
  }
}
