package dev.postern.admin;

import java.net.InetSocketAddress;

/** The running admin and metrics listeners. Made by {@code AdminServerStarter}. */
public interface AdminServer extends AutoCloseable {
  InetSocketAddress adminAddress();

  /** The metrics listener's address, the admin one's if there is no other. */
  InetSocketAddress metricsAddress();

  @Override
  void close();
}
