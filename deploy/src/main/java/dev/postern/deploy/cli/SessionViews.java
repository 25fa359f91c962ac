package dev.postern.deploy.cli;

import dev.postern.store.session.Sessions;
import java.net.InetSocketAddress;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** How sessions look, to programs and to people. */
final class SessionViews {
  private SessionViews() {}

  static ObjectNode json(Sessions.Entry session) {
    ObjectNode json = Output.object();
    json.put("id", session.id());
    json.put("node", session.node());
    put(json, "user", session.user());
    json.put("userId", session.userId());
    json.put("appPassword", session.credentialId());
    json.put("protocol", session.protocol().word());
    json.put("from", address(session.peer()));
    json.put("fromPort", session.peer().getPort());
    json.put("to", address(session.local()));
    json.put("toPort", session.local().getPort());
    put(json, "upstream", session.upstream());
    json.put("clientName", session.clientName());
    json.put("state", session.state().word());
    json.put("since", session.since().toString());
    json.put("bytesUp", session.up());
    json.put("bytesDown", session.down());
    return json;
  }

  static TextTable table() {
    return new TextTable(
        "ID",
        "SINCE",
        "USER",
        "APP PASSWORD",
        "PROTOCOL",
        "FROM",
        "UPSTREAM",
        "STATE",
        "UP",
        "DOWN",
        "NODE",
        "PROGRAM");
  }

  static void row(Sessions.Entry session, TextTable table) {
    table.row(
        session.id(),
        Views.time(session.since()),
        session.user().orElse("removed " + session.userId()),
        session.credentialId(),
        session.protocol().word(),
        address(session.peer()),
        session.upstream().orElse("-"),
        session.state().word(),
        Long.toString(session.up()),
        Long.toString(session.down()),
        session.node(),
        session.clientName());
  }

  private static String address(InetSocketAddress address) {
    return address.getAddress().getHostAddress();
  }

  private static void put(ObjectNode json, String key, Optional<String> value) {
    value.ifPresentOrElse(text -> json.put(key, text), () -> json.putNull(key));
  }
}
