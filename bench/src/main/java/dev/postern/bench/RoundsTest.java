package dev.postern.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Whether classes that were measured in rounds, one value each a round in random order, differ.
 *
 * <p>A permutation test: if there is no difference, the names of the classes could be exchanged
 * within any round. So that is done a thousand times, and how far one class comes to lie from the
 * mean of all by that alone is the noise. A class that really lies farther than it ever did so
 * differs; by chance that happens once in a thousand tests, however many classes there are. Three
 * figures of each class are looked at: the lowest tenth, which other work on the machine disturbs
 * least, the median, and the mean without the outer tenths. All classes are treated alike, and
 * nothing is assumed of the distribution.
 */
final class RoundsTest {
  static final int PERMUTATIONS = 1000;

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("p10", sorted -> Percentiles.ofSorted(sorted, 0.1)),
          new Figure("median", sorted -> Percentiles.ofSorted(sorted, 0.5)),
          new Figure("trimmed mean", Percentiles::trimmedMean));

  private RoundsTest() {}

  private record Figure(String name, ToDoubleFunction<double[]> of) {}

  /**
   * What was found for one figure.
   *
   * @param farthest the class that lies farthest from the mean of all
   * @param distance how far, in the unit of the values; negative if it lies below
   * @param noise how far one came to lie by chance
   */
  record Finding(String figure, int farthest, double distance, double noise) {
    boolean isDifference() {
      return Math.abs(distance) > noise;
    }

    String print(List<?> classes) {
      return isDifference()
          ? String.format(
              Locale.ROOT,
              "DIFFERENCE of the %s: %s by %+.2f µs (noise reaches %.2f µs)",
              figure,
              classes.get(farthest),
              distance,
              noise)
          : String.format(
              Locale.ROOT,
              "no difference of the %s beyond noise: %.2f µs at most (noise reaches %.2f µs)",
              figure,
              Math.abs(distance),
              noise);
    }
  }

  /**
   * Tests.
   *
   * @param values by class and round
   */
  static List<Finding> test(double[][] values, Random random) {
    double[][] real = sorted(values);
    double[] noise = new double[FIGURES.size()];
    double[][] exchanged = new double[values.length][];
    for (int i = 0; i < values.length; i++) {
      exchanged[i] = values[i].clone();
    }
    for (int i = 0; i < PERMUTATIONS; i++) {
      exchange(exchanged, random);
      double[][] sorted = sorted(exchanged);
      for (int f = 0; f < noise.length; f++) {
        double[] distances = distances(sorted, FIGURES.get(f));
        noise[f] = Math.max(noise[f], Math.abs(distances[farthest(distances)]));
      }
    }
    return IntStream.range(0, noise.length)
        .mapToObj(f -> {
          double[] distances = distances(real, FIGURES.get(f));
          int farthest = farthest(distances);
          return new Finding(FIGURES.get(f).name(), farthest, distances[farthest], noise[f]);
        })
        .toList();
  }

  private static void exchange(double[][] values, Random random) {
    for (int round = 0; round < values[0].length; round++) {
      for (int i = values.length - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        double value = values[i][round];
        values[i][round] = values[other][round];
        values[other][round] = value;
      }
    }
  }

  private static double[][] sorted(double[][] values) {
    double[][] sorted = new double[values.length][];
    for (int i = 0; i < values.length; i++) {
      sorted[i] = values[i].clone();
      Arrays.sort(sorted[i]);
    }
    return sorted;
  }

  private static double[] distances(double[][] sorted, Figure figure) {
    double[] distances = Arrays.stream(sorted).mapToDouble(figure.of()).toArray();
    double mean = Arrays.stream(distances).average().orElseThrow();
    return Arrays.stream(distances).map(of -> of - mean).toArray();
  }

  private static int farthest(double[] distances) {
    int farthest = 0;
    for (int i = 1; i < distances.length; i++) {
      farthest = Math.abs(distances[i]) > Math.abs(distances[farthest]) ? i : farthest;
    }
    return farthest;
  }
}
