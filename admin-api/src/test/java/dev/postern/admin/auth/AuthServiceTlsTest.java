package dev.postern.admin.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.HttpSecurity;
import dev.postern.admin.TestAuthority;
import dev.postern.admin.TlsKeys;
import dev.postern.store.access.Role;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listener for other programs over TLS. */
class AuthServiceTlsTest {
  private static final Bind BIND =
      new Bind(
          "127.0.0.1",
          0,
          new HttpSecurity.Tls(Path.of("cert.pem"), Path.of("key.pem"), Optional.empty(), true));

  private final TestAuthority authority = new TestAuthority();
  private final TestAuthority clients = new TestAuthority();
  private final AtomicReference<TlsKeys> keys = new AtomicReference<>(keys("first", List.of()));
  private final AuthServer server;
  private final String token;

  AuthServiceTlsTest(@TempDir Path folder) {
    server = new AuthServer(TestConfig.of(new SqliteFiles(folder).fresh()), BIND, _ -> keys.get());
    token = server.token("proxy", Role.VERIFIER);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void answersOverTlsAndNothingInClear() throws Exception {
    assertThat(asked(authority.client(Optional.empty()))).contains("\"outcome\":\"accepted\"");
    assertThatThrownBy(() -> server.post(token, "/auth/verify", question()))
        .isInstanceOf(IOException.class);
    assertThat(server.nginx(token)).doesNotContain("HTTP", "Auth-Status");
  }

  @Test
  void whoBelievesAnotherCaIsNotConnected() {
    assertThatThrownBy(() -> asked(clients.client(Optional.empty())))
        .isInstanceOf(IOException.class);
  }

  /** The token is right each time. */
  @Test
  void whereClientsHaveCertificatesATokenAloneIsNotEnough() throws Exception {
    renew("second", List.of(clients.certificate()));

    assertThat(asked(authority.client(Optional.of(clients.issue("proxy")))))
        .contains("\"outcome\":\"accepted\"");
    for (SSLContext stranger :
        List.of(
            authority.client(Optional.empty()),
            authority.client(Optional.of(authority.issue("proxy"))))) {
      assertThatThrownBy(() -> asked(stranger)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void renewedKeysAreInUseForThoseWhoComeThen() throws Exception {
    renew("second", List.of());

    assertThat(asked(authority.client(Optional.empty()))).contains("\"outcome\":\"accepted\"");
    assertThat(server.certificates())
        .extracting(certificate -> certificate.getSubjectX500Principal().getName())
        .containsExactly("CN=second");
  }

  private void renew(String name, List<X509Certificate> clientAuthorities) {
    keys.set(keys(name, clientAuthorities));
    server.reload(BIND, _ -> keys.get());
  }

  private TlsKeys keys(String name, List<X509Certificate> clientAuthorities) {
    return authority.keys(authority.issue(name), clientAuthorities);
  }

  private String asked(SSLContext context) throws Exception {
    return server.post(context, token, "/auth/verify", question()).body();
  }

  private String question() {
    return """
    {"user":"%s","password":"%s","protocol":"imap","clientAddress":"192.0.2.1","tls":true}
    """
        .formatted(AuthServer.ALICE, server.appPassword());
  }
}
