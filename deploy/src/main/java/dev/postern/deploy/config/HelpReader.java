package dev.postern.deploy.config;

import dev.postern.gateway.dialogue.Help;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/** Reads {@code help}: what a site adds to refusals. */
final class HelpReader {
  private HelpReader() {}

  static Help read(Section section) {
    String text = section.withDefault("text", HelpReader::line, "");
    String url = section.withDefault("url", HelpReader::url, "");
    section.end(Set.of());
    if (text.length() + url.length() > Help.LONGEST) {
      section.problem(
          section.has("text") ? "text" : "url",
          "text and url have " + (text.length() + url.length()) + " characters together",
          "mail programs cut long lines off: write at most " + Help.LONGEST);
    }
    return new Help(text, url);
  }

  /** What any mail program can show: printable ASCII on one line. */
  private static String line(String text) throws BadValue {
    if (!Values.text(text).matches("[ -~]+")) {
      throw new BadValue(
          "has characters beyond ASCII", "old mail programs cannot show them: write plain letters");
    }
    return text.strip();
  }

  private static String url(String text) throws BadValue {
    String url = line(text);
    String example = "write one such as https://id.example.com/app-passwords";
    try {
      URI uri = new URI(url);
      if (uri.getScheme() == null
          || !Set.of("https", "http").contains(uri.getScheme())
          || uri.getHost() == null) {
        throw new BadValue("\"" + url + "\" is no address of a web page", example);
      }
    } catch (URISyntaxException bad) {
      throw new BadValue("\"" + url + "\" is no URL: " + bad.getReason(), example);
    }
    if (url.endsWith(".")) {
      throw new BadValue("ends in a full stop", "leave it out: it would become part of the link");
    }
    return url;
  }
}
