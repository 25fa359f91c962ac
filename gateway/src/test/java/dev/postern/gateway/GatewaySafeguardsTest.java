package dev.postern.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.netty.util.Version;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * What the code of the gateway must not do, whatever it is about, because it went wrong elsewhere.
 */
@AnalyzeClasses(
    packages = "dev.postern.gateway",
    importOptions = ImportOption.DoNotIncludeTests.class)
class GatewaySafeguardsTest {
  /** The first that a wrong name in a certificate does not get by (CVE-2026-62243). */
  private static final int[] NETTY = {4, 2, 17};

  /** No name that a client sends can become a part of a path. */
  @ArchTest
  static final ArchRule filesAreKnownToConfigurationTlsAndTakeOverAlone =
      noClasses()
          .that()
          .haveNameNotMatching(
              ".*\\.(GatewayConfig|LoginMethod|TlsContexts|PemFiles|Gateway|Engine|TakeOverDoor|Predecessor)(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.nio.file..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.io\\.(File|RandomAccessFile).*");

  @ArchTest
  static final ArchRule commandsAreNotMadeByACodecThatChecksNothing =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty.handler.codec.smtp..", "io.netty.handler.codec.http..");

  @Test
  void nettyIsNoneOfThoseWithKnownHoles() {
    String version = Version.identify().values().iterator().next().artifactVersion();
    int[] numbers =
        Arrays.stream(version.split("\\.", -1)).limit(3).mapToInt(Integer::parseInt).toArray();

    assertThat(Arrays.compare(numbers, NETTY)).as(version).isNotNegative();
  }
}
