package dev.postern.gateway.net;

/** Sizes for people, in the unit of the configuration that suits them. */
final class SizeWords {
  private static final long KB = 1000;

  private SizeWords() {}

  /** {@code 500MB}, {@code 2GB}; bytes where no unit is whole. */
  static String text(long bytes) {
    String[] units = {"B", "KB", "MB", "GB", "TB"};
    long count = bytes;
    int unit = 0;
    while (unit < units.length - 1 && count > 0 && count % KB == 0) {
      count /= KB;
      unit++;
    }
    return count + units[unit];
  }
}
