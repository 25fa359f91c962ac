package dev.postern.store.testing;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.ThreatsDocument.NamedTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What {@code docs/threats.md} says is shown by tests of a module is shown: they are there, and
 * they pass. One of contracts is run in every class that extends it. Those that need real mail
 * servers run where these are (profile {@code peers}).
 */
public abstract class ThreatsContract {
  private static final String PEERS = "peers";

  private final NamedTests named = new NamedTests();
  private final String module;

  protected ThreatsContract(String module) {
    this.module = module;
  }

  @TestFactory
  Stream<DynamicContainer> everyNamedTestPasses() throws IOException {
    Map<String, List<NamedTest>> byClass =
        ThreatsDocument.read().tests(module).stream()
            .collect(groupingBy(NamedTest::className, LinkedHashMap::new, toList()));
    assertThat(byClass).isNotEmpty();
    return byClass.entrySet().stream()
        .map(entry ->
            DynamicContainer.dynamicContainer(
                entry.getKey(),
                classes(entry.getKey()).stream().flatMap(type -> tests(type, entry.getValue()))));
  }

  private List<Class<?>> classes(String simpleName) {
    try {
      List<Class<?>> classes = named.classes(simpleName);
      assertThat(classes).as(module + ":" + simpleName).isNotEmpty();
      return classes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A test for each that is named, of which the first runs all that are to be run. */
  private Stream<DynamicTest> tests(Class<?> type, List<NamedTest> tests) {
    Set<String> methods =
        tests.stream().filter(test -> isToRun(type, test)).map(NamedTest::method).collect(toSet());
    NamedTests.Run run = named.run(type, methods);
    return tests.stream()
        .map(test -> {
          String name = type.getSimpleName() + "#" + test.method();
          return DynamicTest.dynamicTest(
              name,
              () -> {
                assertThat(named.exists(type, test.method())).as(name + " is there").isTrue();
                if (methods.contains(test.method())) {
                  run.requirePassed(test.method());
                }
              });
        });
  }

  private boolean isToRun(Class<?> type, NamedTest test) {
    return !test.isLong()
        && (Boolean.getBoolean("postern.peers") || !named.isTagged(type, test.method(), PEERS));
  }
}
