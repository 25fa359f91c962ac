package dev.postern.deploy.node;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What operators call this process among the running nodes. */
final class NodeName {
  private NodeName() {}

  /** The host's name and the process id, as {@code mx1/4711}. */
  static String ofProcess() {
    return host() + "/" + ProcessHandle.current().pid();
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      return "localhost";
    }
  }
}
