package dev.postern.deploy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which module sees which; this module sees them all, so the rules are checked here. */
@AnalyzeClasses(packages = "dev.postern", importOptions = DoNotIncludeTests.class)
final class ModuleBoundariesTest {
  private static final String STORE = "dev.postern.store..";
  private static final String GATEWAY = "dev.postern.gateway..";
  private static final String ADMIN = "dev.postern.admin..";
  private static final String DEPLOY = "dev.postern.deploy..";

  @ArchTest
  static final ArchRule STORE_SEES_NO_OTHER_MODULE =
      noClasses()
          .that()
          .resideInAPackage(STORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GATEWAY, ADMIN, DEPLOY);

  @ArchTest
  static final ArchRule GATEWAY_SEES_THE_STORE_ALONE =
      noClasses()
          .that()
          .resideInAPackage(GATEWAY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ADMIN, DEPLOY);

  @ArchTest
  static final ArchRule ADMIN_API_SEES_THE_STORE_ALONE =
      noClasses()
          .that()
          .resideInAPackage(ADMIN)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GATEWAY, DEPLOY);

  @ArchTest
  static final ArchRule STORE_KNOWS_NO_NETWORK_LIBRARY =
      noClasses()
          .that()
          .resideInAPackage(STORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.javalin..", "org.eclipse.jetty..");

  @ArchTest
  static final ArchRule THE_MAIL_SERVER_OF_THE_DEMONSTRATION_IS_NOWHERE_ELSE =
      classes()
          .that()
          .resideInAPackage("dev.postern..")
          .and()
          .resideOutsideOfPackage("dev.postern.deploy.demo..")
          .should()
          .onlyDependOnClassesThat()
          .resideOutsideOfPackages("com.icegreen..", "jakarta.mail..");

  @ArchTest
  static final ArchRule COMMANDS_ARE_NOT_KNOWN_BELOW_THEM =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.postern.deploy.config..",
              "dev.postern.deploy.node..",
              "dev.postern.deploy.starter..",
              "dev.postern.deploy.demo..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.postern.deploy.cli..");
}
