package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsFailureTest {

  @ParameterizedTest
  @CsvSource({
    "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA, tlsv1-alert-unknown-ca",
    "error:100000b8:SSL routines:OPENSSL_internal:NO_SHARED_CIPHER, no-shared-cipher",
    "error:1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST, http-request",
    "General OpenSslEngine problem, other",
    "what came was: a LOGIN alice:HV7Q, other",
    "error:1:SSL routines:OPENSSL_internal:A, other",
    "'', other"
  })
  void takesTheNameAtTheEndAlone(String message, String word) {
    SSLHandshakeException thrown = new SSLHandshakeException(message);

    assertThat(TlsFailure.of(thrown)).isEqualTo(new TlsFailure(word));
    assertThat(TlsFailure.of(new DecoderException(thrown))).isEqualTo(new TlsFailure(word));
  }

  @Test
  void isBounded() {
    assertThat(TlsFailure.of(new SSLHandshakeException(":OPENSSL_internal:" + "A".repeat(62))))
        .isEqualTo(new TlsFailure("other"));
  }

  @Test
  void knowsWhatIsNoFaultOfTls() {
    assertThat(TlsFailure.of(new NotSslRecordException("not an SSL/TLS record: 6120")))
        .isEqualTo(new TlsFailure("not-tls"));
    assertThat(TlsFailure.of(new SslHandshakeTimeoutException("after 60 s")))
        .isEqualTo(new TlsFailure("timeout"));
    assertThat(TlsFailure.of(new ClosedChannelException()))
        .isEqualTo(new TlsFailure("client-closed"));
    assertThat(TlsFailure.of(new DecoderException("alone"))).isEqualTo(new TlsFailure("other"));
  }
}
