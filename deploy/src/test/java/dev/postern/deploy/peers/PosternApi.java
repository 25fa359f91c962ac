package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The admin API of a running node, for an operator's program.
 *
 * @param token of role {@code operator}
 */
record PosternApi(HttpClient client, String token) implements AutoCloseable {

  /** With a token that is made for it. */
  static PosternApi of(PosternSite site) {
    return new PosternApi(
        HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build(),
        site.run("token", "create", "portal", "--role", "operator").path("token").asString());
  }

  void addUser(PosternServer server, String user) throws Exception {
    JsonNode _ = post(server, "/users", "{\"user\":\"" + user + "\"}");
  }

  /** Makes an app password; its id. */
  String makeAppPassword(PosternServer server, String user, String label) throws Exception {
    return post(
            server,
            "/users/" + user + "/app-passwords",
            "{\"label\":\"" + label + "\",\"scopes\":[\"imap\"]}")
        .path("id")
        .asString();
  }

  private JsonNode post(PosternServer server, String path, String json) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + server.admin() + "/api/v1" + path);
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return JsonMapper.shared().readTree(answer.body());
  }

  @Override
  public void close() {
    client.close();
  }
}
