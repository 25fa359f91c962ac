package dev.postern.store;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.postern.store.auth.Secret;
import java.time.Clock;
import java.time.Instant;

@AnalyzeClasses(
    packages = "dev.postern.store",
    importOptions = ImportOption.DoNotIncludeTests.class)
class StoreArchitectureTest {

  @ArchTest
  static final ArchRule verificationKnowsNoDatabaseAndNoNetwork =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.postern.store.auth..",
              "dev.postern.store.guard..",
              "dev.postern.store.hash..",
              "dev.postern.store.seal..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..",
              "javax.sql..",
              "org.jdbi..",
              "com.zaxxer..",
              "org.flywaydb..",
              "org.sqlite..",
              "org.postgresql..",
              "dev.postern.store.sql..",
              "java.net.http..",
              "tools.jackson..",
              "io.netty..");

  @ArchTest
  static final ArchRule onePackageSpeaksToTheDatabase =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.postern.store.sql..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..",
              "javax.sql..",
              "org.jdbi..",
              "org.flywaydb..",
              "org.sqlite..",
              "org.postgresql..");

  @ArchTest
  static final ArchRule theStoreKnowsNoOtherModule =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty..", "dev.postern.gateway..", "dev.postern.admin..", "dev.postern.deploy..");

  @ArchTest
  static final ArchRule timeComesInThroughConstructors =
      noClasses()
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(Clock.class, "systemUTC");

  /** A record prints its parts: what is secret must be of the type that prints nothing. */
  @ArchTest
  static final ArchRule whatIsSecretHasTheTypeThatPrintsNothing =
      classes().should(notNameASecretThatIsNoSecret());

  private static ArchCondition<JavaClass> notNameASecretThatIsNoSecret() {
    return new ArchCondition<>("keep secrets as Secret or sealed, never as text or bytes") {
      @Override
      public void check(JavaClass owner, ConditionEvents events) {
        for (JavaField field : owner.getFields()) {
          boolean isNamedSecret =
              field.getName().matches("(?i).*(password|secret|pepper)") && !isConstant(field);
          boolean isReadable =
              field.getRawType().isEquivalentTo(String.class)
                  || field.getRawType().isEquivalentTo(byte[].class)
                  || field.getRawType().isEquivalentTo(char[].class);
          if (isNamedSecret && isReadable) {
            events.add(
                SimpleConditionEvent.violated(
                    field, field.getFullName() + " should be a " + Secret.class.getName()));
          }
        }
      }
    };
  }

  private static boolean isConstant(JavaField field) {
    return field.getModifiers().contains(JavaModifier.STATIC);
  }
}
