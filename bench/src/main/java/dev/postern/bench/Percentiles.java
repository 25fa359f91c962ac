package dev.postern.bench;

import java.util.Arrays;

/** Order statistics. */
final class Percentiles {
  private Percentiles() {}

  /**
   * @param share 0 the least, 0.5 the median, 1 the most
   */
  static double of(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return ofSorted(sorted, share);
  }

  /** Not a number if there is no value. */
  static double ofSorted(double[] sorted, double share) {
    return sorted.length == 0 ? Double.NaN : sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  /** The mean of what is left without the least and the most tenth. */
  static double trimmedMean(double[] sorted) {
    int cut = sorted.length / 10;
    double sum = 0;
    for (int i = cut; i < sorted.length - cut; i++) {
      sum += sorted[i];
    }
    return sum / (sorted.length - 2 * cut);
  }
}
