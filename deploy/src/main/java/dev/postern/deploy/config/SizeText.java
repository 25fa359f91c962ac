package dev.postern.deploy.config;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them here: {@code 500MB}, {@code 2GB}; a kilobyte has 1000 bytes. */
final class SizeText {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,6})(KB|MB|GB|TB)");

  private SizeText() {}

  /** Bytes, more than none; or empty for {@code never}. */
  static OptionalLong parseOrNever(String text) throws BadValue {
    if (text.equals("never")) {
      return OptionalLong.empty();
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new BadValue(
          "\"" + text + "\" is not a size", "write a number and a unit: 500MB or 2GB; or never");
    }
    long count = Long.parseLong(matcher.group(1));
    if (count == 0) {
      throw new BadValue("\"" + text + "\" is nothing", "write a larger size, or never");
    }
    long unit = 1000;
    for (char letter : "KMGT".toCharArray()) {
      if (matcher.group(2).charAt(0) == letter) {
        break;
      }
      unit *= 1000;
    }
    return OptionalLong.of(count * unit);
  }
}
