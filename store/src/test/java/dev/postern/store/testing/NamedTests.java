package dev.postern.store.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Finds tests of this module by their names and runs them, each class in one go. */
final class NamedTests {
  private static final Path SOURCES = Path.of("src/test/java");
  private static final Set<String> METHODS =
      Set.of("method", "test-template", "test-factory", "field");

  private final Launcher launcher =
      LauncherFactory.create(
          LauncherConfig.builder()
              .enableLauncherDiscoveryListenerAutoRegistration(false)
              .enableLauncherSessionListenerAutoRegistration(false)
              .enablePostDiscoveryFilterAutoRegistration(false)
              .enableTestExecutionListenerAutoRegistration(false)
              .build());

  /** What became of the tests of one class: names of methods that passed, and what did not. */
  record Run(Set<String> passed, List<Failure> failures) {
    Run {
      passed = Set.copyOf(passed);
      failures = List.copyOf(failures);
    }

    /**
     * @throws AssertionError if a case of that test failed or was skipped, or none was run
     */
    void requirePassed(String method) {
      for (Failure failure : failures) {
        if (failure.method().map(method::equals).orElse(true)) {
          throw new AssertionError(failure.words(), failure.cause());
        }
      }
      if (!passed.contains(method)) {
        throw new AssertionError("no case of " + method + " was run");
      }
    }
  }

  /**
   * @param method empty if it is one of the whole class
   */
  record Failure(Optional<String> method, String words, @Nullable Throwable cause) {}

  /**
   * The class of that simple name; if it is abstract, all that extend it; none if there is none.
   */
  List<Class<?>> classes(String simpleName) throws IOException {
    List<Class<?>> found = new ArrayList<>();
    for (Class<?> type : load((simpleName + ".java")::equals)) {
      if (!Modifier.isAbstract(type.getModifiers())) {
        found.add(type);
        continue;
      }
      load(file -> file.endsWith("Test.java")).stream()
          .filter(type::isAssignableFrom)
          .filter(test -> !Modifier.isAbstract(test.getModifiers()))
          .forEach(found::add);
    }
    return found;
  }

  /** Whether the class has a test of that name. */
  boolean exists(Class<?> type, String method) {
    return found(type, method).findAny().isPresent();
  }

  /** Whether that test, or its class, has that tag. */
  boolean isTagged(Class<?> type, String method, String tag) {
    return found(type, method)
        .flatMap(test -> test.getTags().stream())
        .anyMatch(found -> found.getName().equals(tag));
  }

  /** Runs those tests of that class, on the thread that asks. */
  Run run(Class<?> type, Set<String> methods) {
    Listener happened = new Listener();
    launcher.execute(request(type, methods), happened);
    return new Run(Set.copyOf(happened.passed), happened.failures);
  }

  private Stream<TestIdentifier> found(Class<?> type, String method) {
    TestPlan plan = launcher.discover(request(type, Set.of(method)));
    return plan.getRoots().stream()
        .flatMap(root -> plan.getDescendants(root).stream())
        .filter(test -> method(test.getUniqueIdObject()).isPresent());
  }

  private static LauncherDiscoveryRequest request(Class<?> type, Set<String> methods) {
    PostDiscoveryFilter named =
        test ->
            FilterResult.includedIf(method(test.getUniqueId()).map(methods::contains).orElse(true));
    return LauncherDiscoveryRequestBuilder.request()
        .selectors(selectClass(type))
        .filters(named)
        .build();
  }

  /**
   * The method, or field, that a test or a case of it belongs to. A method that a class has from
   * another package has the name of its class before its own.
   */
  private static Optional<String> method(UniqueId id) {
    return id.getSegments().stream()
        .filter(segment -> METHODS.contains(segment.getType()))
        .findFirst()
        .map(segment -> segment.getValue().replaceFirst("\\(.*", "").replaceFirst(".*#", ""));
  }

  private static List<Class<?>> load(Predicate<String> named) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(SOURCES)) {
      files = all.filter(file -> named.test(file.getFileName().toString())).sorted().toList();
    }
    List<Class<?>> classes = new ArrayList<>();
    for (Path file : files) {
      String path = SOURCES.relativize(file).toString();
      String name = path.substring(0, path.length() - ".java".length()).replace('/', '.');
      try {
        classes.add(Class.forName(name, false, Thread.currentThread().getContextClassLoader()));
      } catch (ClassNotFoundException _) {
        throw new AssertionError(file + " does not hold the class of its name");
      }
    }
    return classes;
  }

  /** What happens while tests run. */
  private static final class Listener implements TestExecutionListener {
    private final List<String> passed = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      failed(test, "is skipped: " + reason, null);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      @Nullable Throwable cause = result.getThrowable().orElse(null);
      switch (result.getStatus()) {
        case SUCCESSFUL -> {
          if (test.isTest()) {
            method(test.getUniqueIdObject()).ifPresent(passed::add);
          }
        }
        case ABORTED -> failed(test, "is not gone through with: " + cause, cause);
        case FAILED -> failed(test, "fails: " + cause, cause);
      }
    }

    private void failed(TestIdentifier test, String how, @Nullable Throwable cause) {
      failures.add(
          new Failure(method(test.getUniqueIdObject()), test.getDisplayName() + " " + how, cause));
    }
  }
}
