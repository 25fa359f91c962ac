package dev.postern.admin;

import java.util.List;

/**
 * What {@code /health/ready} asks. Called on a request's own thread; may take up to two seconds.
 */
public interface HealthSource {

  /**
   * The parts that must be well for this node to be worth sending clients to, and those only worth
   * knowing.
   */
  List<Part> parts();

  /**
   * One part.
   *
   * @param name {@code database}, {@code listeners}, {@code upstream:NAME:PROTOCOL}
   * @param isUp whether it works
   * @param isNeeded whether readiness depends on it
   * @param detail why it does not, for operators; empty if it does
   */
  record Part(String name, boolean isUp, boolean isNeeded, String detail) {}
}
