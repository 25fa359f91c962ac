package dev.postern.gateway.dialogue;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a site adds to a refusal, so that the person at the client knows where to go. ASCII, one
 * line, at most {@value #LONGEST} characters together.
 *
 * @param text whom to ask or what to do, perhaps empty
 * @param url where to get an app password, perhaps empty; stands last, so that clients make a link
 */
public record Help(String text, String url) {
  /** Characters of text and URL together. */
  public static final int LONGEST = 180;

  /** Nothing to add. */
  public static final Help NONE = new Help("", "");

  /** A sentence of ours, without a full stop, with the site's help behind it. */
  public String after(String sentence) {
    return Stream.of(text, url)
        .filter(part -> !part.isEmpty())
        .collect(
            Collectors.collectingAndThen(
                Collectors.joining(" "),
                help -> help.isEmpty() ? sentence : sentence + ". " + help));
  }
}
