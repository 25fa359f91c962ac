package dev.postern.gateway.observe;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line in the log for each line of a login that is traced, with what belongs to it as fields.
 */
public final class TraceLog implements SessionEvents {
  private static final Logger LOG = LoggerFactory.getLogger("dev.postern.trace");

  @Override
  public void traced(Session session, String user, TraceLine line) {
    LOG.atInfo()
        .addKeyValue("session", session.id())
        .addKeyValue("protocol", session.protocol().word())
        .addKeyValue("user", user)
        .addKeyValue("at", line.millis())
        .addKeyValue("way", line.way().sign())
        .addKeyValue("line", line.text())
        .log("login traced");
  }
}
