package dev.postern.bench;

import java.io.IOException;

/** A list of the admin API, gone through page by page. */
final class Paging {
  private static final double NANOS_PER_MILLI = 1e6;

  private final ApiClient api;
  private final String first;

  Paging(ApiClient api, String first) {
    this.api = api;
    this.first = first;
  }

  /** What each page took, in milliseconds; from the beginning again after the last. */
  double[] walk(int pages) throws IOException {
    double[] millis = new double[pages];
    String target = first;
    for (int i = 0; i < pages; i++) {
      long start = System.nanoTime();
      ApiClient.Answer answer = api.send("GET", target, "");
      millis[i] = (System.nanoTime() - start) / NANOS_PER_MILLI;
      if (answer.status() != 200) {
        throw new IOException(target + " answers " + answer.status());
      }
      target = answer.next().isEmpty() ? first : answer.next();
    }
    return millis;
  }
}
