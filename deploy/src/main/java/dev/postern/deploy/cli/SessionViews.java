package dev.postern.deploy.cli;

import dev.postern.store.session.Sessions;
import java.net.InetSocketAddress;

/** How sessions look to people. */
final class SessionViews {
  private SessionViews() {}

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
}
