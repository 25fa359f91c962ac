package dev.postern.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

@AnalyzeClasses(
    packages = "dev.postern.gateway",
    importOptions = ImportOption.DoNotIncludeTests.class)
class GatewayArchitectureTest {
  private static final String NET = "dev.postern.gateway.net";
  private static final String[] PURE = {
    "dev.postern.gateway.dialogue..",
    "dev.postern.gateway.sasl..",
    "dev.postern.gateway.login..",
    "dev.postern.gateway.imap..",
    "dev.postern.gateway.smtp..",
    "dev.postern.gateway.pop3.."
  };

  @ArchTest
  static final ArchRule channelsAreKnownInNetAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage(NET)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty.channel..", "io.netty.handler..", "io.netty.bootstrap..");

  @ArchTest
  static final ArchRule buffersAreKnownToDecodersAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage(NET)
          .and(not(simpleNameEndingWith("Decoder")))
          .and(not(simpleName("CommandLine")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule handlersStandInNet =
      classes().that().areAssignableTo(ChannelHandler.class).should().resideInAPackage(NET);

  @ArchTest
  static final ArchRule theOrderOfHandlersIsChangedInAHandfulOfPlaces =
      noClasses()
          .that()
          .haveSimpleNameNotEndingWith("Pipeline")
          .and()
          .doNotHaveSimpleName("Splice")
          .and()
          .doNotHaveSimpleName("FrontTls")
          .and()
          .doNotHaveSimpleName("LoginHandler")
          .and()
          .doNotHaveSimpleName("UpstreamHandler")
          .should()
          .callMethodWhere(
              target(owner(assignableTo(ChannelPipeline.class)))
                  .and(target(nameMatching("add.*|remove.*|replace"))));

  @ArchTest
  static final ArchRule netKnowsNoProtocol =
      noClasses()
          .that()
          .resideInAPackage(NET)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.postern.gateway.imap..",
              "dev.postern.gateway.smtp..",
              "dev.postern.gateway.pop3..");

  @ArchTest
  static final ArchRule protocolsDoNotKnowEachOther =
      slices().matching("dev.postern.gateway.(imap|smtp|pop3)..").should().notDependOnEachOther();

  @ArchTest
  static final ArchRule dialoguesArePure =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              NET,
              "dev.postern.gateway.observe..",
              "org.slf4j..",
              "java.util.concurrent..",
              "java.util.random..",
              "java.io..",
              "java.net..",
              "java.nio.file..",
              "io.micrometer..")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(java.util.Random.class);

  @ArchTest
  static final ArchRule timeComesInFromOutside =
      noClasses()
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(Clock.class, "systemUTC");

  @ArchTest
  static final ArchRule nothingInNetWaits =
      noClasses()
          .that()
          .resideInAPackage(NET)
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Future.class, "get")
          .orShould()
          .callMethod(CompletableFuture.class, "get");

  @ArchTest
  static final ArchRule theGatewayKnowsNoDatabaseAndNoOtherModule =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.postern.store.sql..",
              "dev.postern.admin..",
              "dev.postern.deploy..",
              "java.sql..",
              "org.jdbi..",
              "com.github.benmanes.caffeine..");

  /** Everything that is said to a client stands in one file for each protocol. */
  @Test
  void linesForClientsAreWrittenInRepliesAlone() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      List<String> withLineEnds =
          sources
              .filter(file -> file.toString().endsWith(".java"))
              .filter(GatewayArchitectureTest::holdsLineEnd)
              .map(file -> String.valueOf(file.getFileName()))
              .toList();

      assertThat(withLineEnds)
          .isNotEmpty()
          .allMatch(name -> name.endsWith("Replies.java") || name.matches(".*Upstream.*\\.java"));
    }
  }

  private static boolean holdsLineEnd(Path file) {
    try {
      return Files.readString(file).contains("\\r\\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
