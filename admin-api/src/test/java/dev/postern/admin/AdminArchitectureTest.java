package dev.postern.admin;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "dev.postern.admin",
    importOptions = ImportOption.DoNotIncludeTests.class)
class AdminArchitectureTest {

  @ArchTest
  static final ArchRule knowsTheStoreAndNoOtherModule =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.postern.gateway..", "dev.postern.deploy..", "io.netty..");

  @ArchTest
  static final ArchRule asksTheStoreAndNeverItsDatabase =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "org.jdbi..", "dev.postern.store.sql..");

  @ArchTest
  static final ArchRule onlyTheListenerKnowsTheServerUnderneath =
      noClasses()
          .that()
          .doNotHaveSimpleName("HttpListener")
          .and()
          .doNotHaveSimpleName("HttpTls")
          .and()
          .doNotHaveSimpleName("ProblemPages")
          .and()
          .doNotHaveSimpleName("Silence")
          .and()
          .doNotHaveSimpleName("SlowClients")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.eclipse.jetty..");
}
