package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Where a reader of bans goes on. */
class BanPlaceTest {
  @Test
  void goesOnBehindTheRow() {
    BanPlace place = new BanPlace("2001:db8:f00f:0:0:0:0:0/48", "deny");
    assertThat(place.behind()).contains(place);
  }

  @Test
  void leavesOutWhatBeginsLikeAKeyThatWasCut() {
    BanPlace cut = new BanPlace("1".repeat(BanPlace.LONGEST), "deny");
    assertThat(cut.behind()).contains(new BanPlace("1".repeat(BanPlace.LONGEST - 1) + "2", ""));
  }

  @Test
  void leavesOutWhatGoesOnLikeNoNetwork() {
    assertThat(new BanPlace("192.0.2.0/2\uFFFD", "deny").behind())
        .contains(new BanPlace("192.0.2.0/3", ""));
  }

  @Test
  void nothingFollowsWhatIsBehindAllNetworks() {
    assertThat(new BanPlace("ghost", "deny").behind()).isEmpty();
  }
}
