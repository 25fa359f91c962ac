package dev.postern.store.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.postern.store.auth.Secret;
import dev.postern.store.hash.SlowHash.Parsed;
import dev.postern.store.hash.SlowHash.Refusal;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class SlowHashTest {
  private static final String PASSWORD = "pässword1";

  /** Made by doveadm pw 2.3.19 of {@code pässword1} in UTF-8. */
  static final List<String> DOVECOT =
      List.of(
          "{SHA1}nGKqSw5rZLlGmAU2eg7o7K29zF8=",
          "{SHA}nGKqSw5rZLlGmAU2eg7o7K29zF8=",
          "{SHA1.HEX}9c62aa4b0e6b64b9469805367a0ee8ecadbdcc5f",
          "{SHA}9c62aa4b0e6b64b9469805367a0ee8ecadbdcc5f",
          "{SHA256}y0poVvuLJsIjTKtWRmm0QV1goaYnnL5qImilSoVsRqI=",
          "{SHA512}vd5c8rhqp18tiTFTsVPzl2sZTr5XaoM3aTqG8DRnIm9/PRmpbxURtsPJCMQtVmtV/NufAuGRhdPJ1h"
              + "zTmXw0XA==",
          "{SSHA}NI2yq2LBlxPtDBMbSWDgjtEzGuw6LY1v",
          "{SSHA256}k6+0QzB2JlMHTXCePown2jkvnMOwh9f7MdoBWpx0DfkzZy19",
          "{ssha256.b64}MQNe7o3n4QjogC7UcsFYP5YiH9fC7G8Ra7Zl430y4jZGUR0o",
          "{SSHA512}Tq9y/U+qDicOUX32pFRt0tf3qE1awgXjHXHJnpYhbXiWUu0XXapYfRZEzVETIB+Ue5IAPRpSGs2bzb"
              + "uvvOcPovVZ0kE=",
          "{SSHA512.HEX}bcd7b9e9fd8a786935c1004cf2db057e4c67bbfb5f7abb2512ff99ef9e79a82e9e4642ebea"
              + "5b21966152fa31e98709ce7b082dfbd8f1db23c36a3ea81c49cf5392efe17d",
          "{BLF-CRYPT}$2y$05$26Yaw705whalBXCNmGlLZu.k1Sp3H4U2KOYI27qV0E7b2eQp3bZiq",
          "{Crypt}$2y$05$0VyJhDhSSqAj9YPJVwYzc.RU9Le2oYn1CjRy4YtjNLyfiwsKwXmpm",
          "{BLF-CRYPT.HEX}243279243035246d4d7a76595a63752e4c394e6e7952616c36655a734f636d4c4a644c4e"
              + "4e30366a6c50542e376d326b4a714a737030454945516e2e",
          "{SHA256-CRYPT}$5$VDSrGQeoSQ8zcAUa$d.vbv60iKO5sgIcNb6oMant21Lyu0kzLF5rfXeAYN54",
          "{SHA512-CRYPT}$6$c8D.QBnA3H.Cc6JK$K7AUESViKfsqI3Jm1oBKuBqIEe7wsrFMzzPcq1e/a3EEKkNXHRlBZ"
              + "dEyVXjiuP3Y8uyvvqBkHc706mLkqlEt71",
          "{SHA512-CRYPT}$6$rounds=1000$7QN5iHvfmqu3Balr$UBqVW.NkA46wxBL89whvibawN031sK97xsNEGTd9"
              + "NW0ORA9t.CSRvck8OKYzbQc2.k42rmRMPIjKU2QO1GsK4/",
          "{SHA512-CRYPT.B64}JDYkMmlPU2IvbnNpbHBYb2ZHOSQxVVRQY2hrV1c4eHQ3SThWWlM3Zmtld1RXVjBkcEJs"
              + "Z2x6eWo1OUt0SXNNSklJcE5UUmVVSE1JN1BjQUtJNlIvL2NWZ21Yc1h6dG96enZ2VmI2eWY0MA==",
          "{PBKDF2}$1$r22O/VL8iL9VT.hZ$5000$b9c4edd91e041c33752157a3ee0a8ea14fc28cc9",
          "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$iNMPiD0zav2mbmAjmuTpzA$vhDVREDE7y6s9QZBUY+xTuBn"
              + "ukQb/J+xGfLQYSLwx/U",
          "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$CoPrWZTElslSK0Zh4ER54Q$yqU/4cJe6lAB/gqzXF1NGZ"
              + "qXBQ01iSFGkdYc20zPCJc");

  /**
   * Made by passlib 1.7.4, which Mailu uses, and as @phc/pbkdf2 writes them, which WildDuck uses.
   */
  static final List<String> PASSLIB_AND_PHC =
      List.of(
          "$bcrypt-sha256$v=2,t=2b,r=4$UJSvK6p3/g1ukSwj/pu/tu$cYPm3LZIBNJcozPW0SfjihhIrPhvJhe",
          "$bcrypt-sha256$2b,4$M0dOKkYxHw0qsN5Hyb7Dy.$5xouEBF5SxZqkeHBlpl5OpKNGHx5DEu",
          "$2b$04$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm2",
          "$2a$04$btgfOuJBhIwmhD2zN/0fKOlv1PMMrThHi9qn7eNZ.3EWejLgePp.6",
          "$pbkdf2-sha256$1000$o1SKEWJszfk/Z2wNAQBgrA$evTIBa4Ui/e5NrGmQUBf5uefR0HLjhtaU4ovWHXKhfs",
          "$pbkdf2-sha512$1000$DwEAYGwtZaw1BiAEQKj1vg$bdceXQiDAgj9vLFHEW4Hd63BGzsM9MX4k3Cxf7Klono3"
              + "ClsA6jSZrFIQU6wb2M5xinn8foTSntTWPdyRGHbqmQ",
          "{PBKDF2}$pbkdf2-sha512$1000$DwEAYGwtZaw1BiAEQKj1vg$bdceXQiDAgj9vLFHEW4Hd63BGzsM9MX4k3Cx"
              + "f7Klono3ClsA6jSZrFIQU6wb2M5xinn8foTSntTWPdyRGHbqmQ",
          "$pbkdf2$1000$8f5/z7nXmtO6F4LwnvMeIw$JhBr8sUkO3yoJfzAoIUL4YaqhD4",
          "{PBKDF2-SHA256}1000$YywlRIjReo/xvrdWilHK.Q$e0dA5iIK2gWvV9zSzWkrh9oH92dK3D1ysJG/wQD6TPU",
          "$5$rounds=1234$pSy6tQ4CPVrwhsOZ$OTXXi6h7.2IjIbn6H.0HDN632h4YXfZKWSTK22VAn56",
          "$6$2PvvV3WQ19yn1dtQ$aVc9NiXOqALyu3bKul6KbKIsKftWJtefRKN6kd9X6LaH3u7BdsPmcSS/L9VdH6zYIFu"
              + "g.q5c0kQeFBBYVi0EK0",
          "{SSHA}JBRGKO4u1XKXXwP+rmnQ9nPsL6UkhHDu",
          "$pbkdf2-sha512$i=1000$tzih51d0BcO7qRFeBwgksw$XmW+O3PFKHSKduwXucKTgqNOWMUHwTUGVMLSTum2s3"
              + "PrRukuqzVJR0o65QWIX9SJfWar2GrKyJrZX9GVmX7lfg",
          "$pbkdf2-sha256$i=1000$347nBxFqeJY9GMVTGkIx4g$sBvS5UnjT/KnQFJsbBAi3J8qUVY8KTWDl+94KCXmSXA",
          "$pbkdf2-sha1$i=1000,l=20$oQzzaP+JxU4hOh47IVljAg$GfxYEWdqfkAqit7MkCpqQ5pDjKM");

  private final Workspace workspace = new Workspace();

  @ParameterizedTest
  @FieldSource("DOVECOT")
  void readsWhatDovecotStores(String text) {
    verifiesTheRightPasswordAlone(text);
  }

  @ParameterizedTest
  @FieldSource("PASSLIB_AND_PHC")
  void readsWhatMailuAndWildDuckStore(String text) {
    verifiesTheRightPasswordAlone(text);
  }

  private void verifiesTheRightPasswordAlone(String text) {
    SlowHash hash = known(text);
    assertThat(matches(hash, PASSWORD)).isTrue();
    assertThat(matches(hash, "pässword2")).isFalse();
    assertThat(matches(hash, PASSWORD + " ")).isFalse();
  }

  @Test
  void readsMailusTokens() {
    SlowHash token =
        known(
            "$pbkdf2-sha256$1$iBECIMS4l/JeK2Xs/f9fiw$ZAAx/f6rHbbycnCE5.AX/D8BGredqNvaChRwilo0Fg8");
    assertThat(matches(token, "0123456789abcdef0123456789abcdef")).isTrue();
    assertThat(matches(token, "0123456789abcdef0123456789abcdee")).isFalse();
  }

  @Test
  void bcryptSeesTheFirst72BytesAlone() {
    SlowHash hash = known("$2b$04$Dj/iyYQsO6QI1HD0IQONNulJcvb3yj1hRBJB111Gykf8qn8X4qQO6");
    assertThat(matches(hash, "x".repeat(72) + "tail")).isTrue();
    assertThat(matches(hash, "x".repeat(72))).isTrue();
    assertThat(matches(hash, "x".repeat(71))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{SHA1}nGKqSw5rZLlGmAU2eg7o7K29zF8=",
        "$2b$04$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm2",
        "$pbkdf2$1000$8f5/z7nXmtO6F4LwnvMeIw$JhBr8sUkO3yoJfzAoIUL4YaqhD4"
      })
  void takesNoPasswordThatNoClientCanMean(String text) {
    SlowHash hash = known(text);
    // HMAC takes a key and the same with NULs behind it for one.
    assertThat(matches(hash, PASSWORD + "\0")).isFalse();
    assertThat(matches(hash, PASSWORD + "\0more")).isFalse();
    assertThat(matches(hash, "")).isFalse();
    assertThat(matches(hash, "x".repeat(SlowHash.LONGEST_PASSWORD + 1))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | EMPTY",
        "{PLAIN}secret | REVERSIBLE",
        "{plain.b64}c2VjcmV0 | REVERSIBLE",
        "{CLEARTEXT}secret | REVERSIBLE",
        "{CRAM-MD5}a5eef4acb75eee9d8b3c011a3e0e2a08 | CHALLENGE_RESPONSE",
        "{SCRAM-SHA-256}4096,I2TPzw==,RfnCxdEp=,cSFb= | CHALLENGE_RESPONSE",
        "{MD5}$1$8HUmDudX$9h/2v3VGQDbIuTe6HNHF3/ | BROKEN",
        "{SMD5}IA+c8Wi+5uMjFxFudwLQf/1O8sE= | BROKEN",
        "{DES-CRYPT}wsBhCmUElrph. | BROKEN",
        "{NTLM}bd1aebadc065d4bb4bf0f4073b06eaa0 | BROKEN",
        "{CRYPT}$1$8HUmDudX$9h/2v3VGQDbIuTe6HNHF3/ | BROKEN",
        "$1$8HUmDudX$9h/2v3VGQDbIuTe6HNHF3/ | BROKEN",
        "! | LOCKED",
        "!$6$c8D.QBnA3H.Cc6JK$K7AUES | LOCKED",
        "{CRYPT}* | LOCKED",
        "secret | UNKNOWN_SCHEME",
        "{XYZZY}abc | UNKNOWN_SCHEME",
        "$y$j9T$abc$def | UNKNOWN_SCHEME",
        "$argon2$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$aGFzaA | UNKNOWN_SCHEME",
        "$2x$04$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm2 | UNKNOWN_SCHEME",
        "{SHA.rot13}nGKqSw5rZLlGmAU2eg7o7K29zF8= | MALFORMED",
        "{SHA}nGKqSw5rZLlGmAU2eg7o7K29 | MALFORMED",
        "{SSHA}nGKqSw5rZLlGmAU2eg7o7K29zF8= | MALFORMED",
        "{SSHA256}!!! | MALFORMED",
        "{SHA512-CRYPT}$5$VDSrGQeoSQ8zcAUa$d.vbv60iKO5sgIcNb6oMant21Lyu0kzLF5rfXeAYN54 | MALFORMED",
        "{BLF-CRYPT}secret | MALFORMED",
        "{PBKDF2}$1$salt$1000$xyz | MALFORMED",
        "{PBKDF2}$1$salt$0$b9c4edd91e041c33752157a3ee0a8ea14fc28cc9 | MALFORMED",
        "$2b$03$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm2 | MALFORMED",
        "$2b$04$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm | MALFORMED",
        "$pbkdf2-sha256$1$c2FsdA$c2hvcnQ | MALFORMED",
        "$argon2id$v=18$m=64,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA | MALFORMED",
        "$argon2id$v=19$m=7,t=2,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA | MALFORMED",
        "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA | MALFORMED",
        "$argon2id$v=19$m=64,t=2,p=0$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA | MALFORMED",
        "$argon2id$v=19$m=64,t=2,p=1,keyid=a$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA | MALFORMED",
        "$argon2id$v=19$m=64,t=2,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA | MALFORMED",
        "$ | MALFORMED",
      })
  void saysWhyAHashCannotBeUsed(String text, Refusal why) {
    assertThat(SlowHash.parse(text)).isEqualTo(new Parsed.Refused(why));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // 64 GiB
        "$argon2id$v=19$m=67108864,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=262144,t=5,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=64,t=11,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=64,t=2,p=5$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=9999999999,t=9999999999,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$2b$15$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm2",
        "$bcrypt-sha256$v=2,t=2b,r=15$UJSvK6p3/g1ukSwj/pu/tu$cYPm3LZIBNJcozPW0SfjihhIrPhvJhe",
        "$5$rounds=1000001$pSy6tQ4CPVrwhsOZ$OTXXi6h7.2IjIbn6H.0HDN632h4YXfZKWSTK22VAn56",
        "$pbkdf2$2000001$8f5/z7nXmtO6F4LwnvMeIw$JhBr8sUkO3yoJfzAoIUL4YaqhD4",
        "{PBKDF2}$1$salt$9999999999$b9c4edd91e041c33752157a3ee0a8ea14fc28cc9",
      })
  void refusesWhatAsksForTooMuchBeforeDoingIt(String text) {
    assertThat(SlowHash.parse(text)).isEqualTo(new Parsed.Refused(Refusal.TOO_COSTLY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "$argon2id$v=19$m=262144,t=4,p=4$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2d$m=64,t=10,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$2b$14$EeV7I6gTIe665RPqJtbWfugFQGChUxhPAmCfF/DPVzl/U15rPnNm2",
        "$5$rounds=1000000$pSy6tQ4CPVrwhsOZ$OTXXi6h7.2IjIbn6H.0HDN632h4YXfZKWSTK22VAn56",
        "$pbkdf2$2000000$8f5/z7nXmtO6F4LwnvMeIw$JhBr8sUkO3yoJfzAoIUL4YaqhD4",
      })
  void takesWhatIsJustWithinBounds(String text) {
    assertThat(SlowHash.parse(text)).isInstanceOf(Parsed.Known.class);
  }

  @Test
  void refusesAStringLongerThanAKibibyte() {
    assertThat(SlowHash.parse("{SHA}" + "A".repeat(SlowHash.LONGEST)))
        .isEqualTo(new Parsed.Refused(Refusal.TOO_LONG));
  }

  @Test
  void neverThrowsWhateverBecameOfAHash() {
    Random random = new Random(20261124);
    List<String> all = List.of(DOVECOT, PASSLIB_AND_PHC).stream().flatMap(List::stream).toList();
    for (int i = 0; i < 50_000; i++) {
      String text = mutated(all.get(random.nextInt(all.size())), random);
      assertThatCode(() -> SlowHash.parse(text)).as(text).doesNotThrowAnyException();
    }
  }

  @Test
  void printsNoHash() {
    for (String text : List.of(DOVECOT, PASSLIB_AND_PHC).stream().flatMap(List::stream).toList()) {
      assertThat(known(text).toString()).hasSizeLessThan(40);
    }
  }

  private static String mutated(String text, Random random) {
    StringBuilder mutated = new StringBuilder(text);
    for (int changes = 1 + random.nextInt(4); changes > 0 && !mutated.isEmpty(); changes--) {
      int at = random.nextInt(mutated.length());
      switch (random.nextInt(4)) {
        case 0 -> mutated.setCharAt(at, (char) random.nextInt(0x180));
        case 1 -> mutated.deleteCharAt(at);
        case 2 -> mutated.insert(at, "$,={}.9999999999".charAt(random.nextInt(16)));
        default -> mutated.setLength(at);
      }
    }
    return mutated.toString();
  }

  private boolean matches(SlowHash hash, String password) {
    try (Secret reading = Secret.ofText(password)) {
      return hash.matches(reading, workspace);
    }
  }

  private static SlowHash known(String text) {
    assertThat(SlowHash.parse(text)).as(text).isInstanceOf(Parsed.Known.class);
    return ((Parsed.Known) SlowHash.parse(text)).hash();
  }
}
