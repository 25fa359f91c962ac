package dev.postern.deploy.node;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.deploy.config.ConfigProblem;
import dev.postern.deploy.config.Configuration;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreConfig.Database;
import dev.postern.store.auth.Secret;
import dev.postern.store.keys.KeyKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What of a configuration lasts as long as the process: where the data and the keys are, how names
 * are read, how long the node goes on without its database, and admin addresses and whether they
 * speak TLS.
 */
final class LastingSettings {
  private LastingSettings() {}

  /** Each of these that another configuration has otherwise. */
  static List<ConfigProblem> changed(Configuration running, Configuration next) {
    List<ConfigProblem> problems = new ArrayList<>();
    switch (running.store().database()) {
      case Database.Sqlite before -> {
        if (!before.equals(next.store().database())) {
          problems.add(problem(next, "store.database"));
        }
      }
      case Database.Postgres before -> {
        if (!(next.store().database() instanceof Database.Postgres now)
            || !before.url().equals(now.url())) {
          problems.add(problem(next, "store.database"));
        } else if (!isSame(before.password(), now.password())) {
          problems.add(problem(next, "store.password"));
        }
      }
    }
    for (KeyKind kind : KeyKind.values()) {
      if (!Objects.equals(running.keySources().get(kind), next.keySources().get(kind))) {
        problems.add(problem(next, "store." + kind.setting()));
      }
    }
    if (!running.store().databaseGrace().equals(next.store().databaseGrace())) {
      problems.add(problem(next, "guard.database-grace"));
    }
    if (!running.store().names().equals(next.store().names())) {
      problems.add(problem(next, "server.default-domain or server.detail-separator"));
    }
    boolean hadMetrics = running.admin().metrics().isPresent();
    if (hadMetrics != next.admin().metrics().isPresent()) {
      problems.add(problem(next, "metrics.bind"));
    }
    problems.addAll(changed("admin", running.admin().admin(), next.admin().admin(), next));
    running
        .admin()
        .metrics()
        .ifPresent(before ->
            next.admin()
                .metrics()
                .ifPresent(now -> problems.addAll(changed("metrics", before, now, next))));
    if (running.admin().authService().isPresent() != next.admin().authService().isPresent()) {
      problems.add(problem(next, "auth-service.bind"));
    }
    running
        .admin()
        .authService()
        .ifPresent(before ->
            next.admin()
                .authService()
                .ifPresent(now -> problems.addAll(changed("auth-service", before, now, next))));
    return problems;
  }

  /** Where a listener is, and whether it speaks TLS; with which keys may change. */
  private static List<ConfigProblem> changed(
      String section, Bind running, Bind now, Configuration next) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (!running.isAt(now)) {
      problems.add(problem(next, section + ".bind"));
    }
    if (running.security().isTls() != now.security().isTls()) {
      problems.add(problem(next, section + ".tls"));
    }
    return problems;
  }

  /** Whether key files hold others than this process has: that is for its next start. */
  static boolean hasOtherKeys(StoreConfig running, StoreConfig next) {
    return !isSame(running.pepper(), next.pepper())
        || !isSame(running.sealingKeys(), next.sealingKeys())
        || !isSame(running.integrityKeys(), next.integrityKeys());
  }

  private static boolean isSame(List<StoreConfig.Key> before, List<StoreConfig.Key> now) {
    boolean isSame = before.size() == now.size();
    for (int i = 0; isSame && i < now.size(); i++) {
      isSame =
          before.get(i).id().equals(now.get(i).id())
              && before.get(i).bytes().matches(now.get(i).bytes());
    }
    return isSame;
  }

  private static boolean isSame(Optional<Secret> before, Optional<Secret> now) {
    return before.isPresent() == now.isPresent()
        && (before.isEmpty() || before.get().matches(now.get()));
  }

  private static ConfigProblem problem(Configuration next, String key) {
    return new ConfigProblem(
        next.file(),
        0,
        key,
        "cannot change while Postern runs",
        "restart Postern, or put the old value back");
  }
}
