package dev.postern.deploy.config;

/** A single value that cannot be used: what is wrong with it and what would be right. */
public final class BadValue extends Exception {
  private static final long serialVersionUID = 1;

  private final String remedy;

  BadValue(String wrong, String remedy) {
    super(wrong);
    this.remedy = remedy;
  }

  public String wrong() {
    return String.valueOf(getMessage());
  }

  public String remedy() {
    return remedy;
  }
}
