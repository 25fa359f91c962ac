package dev.postern.deploy.cli;

/** A command that was refused or failed, in the three parts every error has. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String error;
  private final String remedy;

  /**
   * A failure.
   *
   * @param error stable word for programs
   * @param detail what and where, without secrets
   * @param remedy what to do
   */
  public CommandFailure(String error, String detail, String remedy) {
    super(detail);
    this.error = error;
    this.remedy = remedy;
  }

  String error() {
    return error;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  String remedy() {
    return remedy;
  }
}
