package dev.postern.admin.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.imports.ImportLine.Found;
import dev.postern.admin.imports.ImportLine.Unusable;
import org.junit.jupiter.api.Test;

/** What of a long export is remembered; the rest is tested by what imports make of it. */
class WildDuckExportTest {
  private static final String HASH = "$2b$04$abcdefghijklmnopqrstuu5Lp5sCsGJCuKAVS2pgmE5u.E6wyQhGS";
  private final LineFormat format = ImportSource.WILDDUCK.format(2);

  private ImportLine user(int number, String name) {
    return format.read(
        "{\"_id\":{\"$oid\":\"%024x\"},\"address\":\"%s\",\"password\":\"%s\"}"
            .formatted(number, name, HASH));
  }

  private ImportLine applicationPassword(String owner) {
    return format.read(
        "{\"_id\":{\"$oid\":\"%024x\"},\"user\":{\"$oid\":\"%s\"},\"password\":\"%s\"}"
            .formatted(99, owner, HASH));
  }

  @Test
  void noMoreUsersAreRememberedThanOneImportMayHave() {
    assertThat(user(1, "alice@example.com")).isInstanceOf(Found.class);
    assertThat(user(2, "bob@example.com")).isInstanceOf(Found.class);
    assertThat(user(3, "carol@example.com"))
        .isEqualTo(
            new Unusable(
                "carol@example.com",
                "is one user more than one import may have; send it in another"));
    assertThat(user(1, "alice@example.com")).as("as before").isInstanceOf(Found.class);
    assertThat(applicationPassword("%024x".formatted(2))).isInstanceOf(Found.class);
    assertThat(applicationPassword("%024x".formatted(3))).isInstanceOf(Unusable.class);
  }

  @Test
  void noNameAndNoIdIsRememberedThatIsTooLong() {
    assertThat(user(1, "a".repeat(321)))
        .isEqualTo(new Unusable("", "has a name of more than 320 characters"));
    assertThat(format.read("{\"_id\":{\"$oid\":\"" + "0".repeat(65) + "\"},\"address\":\"a\"}"))
        .isEqualTo(new Unusable("", "is no document of users or asps"));
  }
}
