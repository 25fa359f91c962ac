package dev.postern.store;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.postgresql.util.DriverInfo;

/**
 * What the code of the store must not do, whatever it is about, because it went wrong elsewhere.
 */
@AnalyzeClasses(
    packages = "dev.postern.store",
    importOptions = ImportOption.DoNotIncludeTests.class)
class StoreSafeguardsTest {
  /** The first that gives up when it should ({@code loginTimeout}, CVE-2026-42198). */
  private static final int[] PGJDBC = {42, 7, 11};

  /**
   * It ends at the first difference. {@code Readings} compares what the client sent with itself.
   */
  @ArchTest
  static final ArchRule bytesAreComparedInConstantTime =
      noClasses()
          .that()
          .doNotHaveSimpleName("Readings")
          .should()
          .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
          .orShould()
          .callMethod(Arrays.class, "compare", byte[].class, byte[].class)
          .orShould()
          .callMethod(Arrays.class, "mismatch", byte[].class, byte[].class);

  /** Bouncy Castle computes hashes; everything else is the JDK's. */
  @ArchTest
  static final ArchRule noSecurityProviderIsAdded =
      noClasses()
          .should()
          .callMethod(Security.class, "addProvider", Provider.class)
          .orShould()
          .callMethod(Security.class, "insertProviderAt", Provider.class, int.class)
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bouncycastle.jce..", "org.bouncycastle.jcajce..");

  /** No name that a client sends can become a part of a path. */
  @ArchTest
  static final ArchRule filesAreKnownToTheConfigurationAndToSqliteAlone =
      noClasses()
          .that()
          .haveNameNotMatching(".*\\.(StoreConfig|SqliteConnections|SqliteLibrary)(\\$.*)?")
          .and()
          .resideInAnyPackage(
              "dev.postern.store.auth..", "dev.postern.store.audit..", "dev.postern.store.sql..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.nio.file..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.io\\.(File|RandomAccessFile).*");

  @Test
  void theDriverIsNoneOfThoseWithKnownHoles() {
    int[] version =
        Arrays.stream(DriverInfo.DRIVER_VERSION.split("\\.", -1))
            .limit(3)
            .mapToInt(Integer::parseInt)
            .toArray();

    assertThat(Arrays.compare(version, PGJDBC)).as(DriverInfo.DRIVER_VERSION).isNotNegative();
  }
}
