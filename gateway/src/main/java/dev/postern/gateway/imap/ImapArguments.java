package dev.postern.gateway.imap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arguments of one command as a flat list of words, put together from the pieces between its
 * literals. There is no tree: the only parentheses before login are those around ID's fields, so an
 * opening one is a word like any other and costs no more.
 *
 * <p>Runs of spaces count as one, and spaces at the end as none: people type commands too.
 */
final class ImapArguments {
  /** ID's thirty fields, and its parentheses. */
  static final int MAX_WORDS = 62;

  private final List<Word> words = new ArrayList<>();
  private Boundary boundary = Boundary.SPACE;

  /** What stands in front of the next byte. */
  private enum Boundary {
    /** A space or an opening parenthesis: anything may follow. */
    SPACE,
    /** The end of a word: a space or a closing parenthesis must follow. */
    WORD
  }

  /** One word. The bytes may be a secret: {@link #wipe()}. */
  sealed interface Word {
    record Atom(byte[] bytes) implements Word {}

    /** A quoted string or a literal. */
    record Text(byte[] bytes) implements Word {}

    record Open() implements Word {}

    record Close() implements Word {}
  }

  List<Word> words() {
    return words;
  }

  /** Whether a word may begin where the pieces end so far. */
  boolean isAtBoundary() {
    return boundary == Boundary.SPACE;
  }

  /** Adds a literal's bytes; false if they are not allowed. Takes the array over. */
  boolean addLiteral(byte[] bytes) {
    boundary = Boundary.WORD;
    words.add(new Word.Text(bytes));
    for (byte b : bytes) {
      if (!ImapGrammar.isLiteralByte(b)) {
        return false;
      }
    }
    return words.size() <= MAX_WORDS;
  }

  /** Adds the words from {@code from} to before {@code to}; false if they are none. */
  boolean addText(byte[] line, int from, int to) {
    int at = from;
    while (at < to) {
      if (words.size() > MAX_WORDS) {
        return false;
      }
      byte b = line[at];
      if (b == ' ') {
        boundary = Boundary.SPACE;
        at++;
      } else if (b == ')') {
        words.add(new Word.Close());
        boundary = Boundary.WORD;
        at++;
      } else if (boundary == Boundary.WORD) {
        return false;
      } else if (b == '(') {
        words.add(new Word.Open());
        at++;
      } else {
        at = b == '"' ? addQuoted(line, at + 1, to) : addAtom(line, at, to);
        if (at < 0) {
          return false;
        }
        boundary = Boundary.WORD;
      }
    }
    return words.size() <= MAX_WORDS;
  }

  private int addAtom(byte[] line, int from, int to) {
    int end = from;
    while (end < to && ImapGrammar.isLoginChar(line[end])) {
      end++;
    }
    if (end == from) {
      return -1;
    }
    words.add(new Word.Atom(Arrays.copyOfRange(line, from, end)));
    return end;
  }

  private int addQuoted(byte[] line, int from, int to) {
    byte[] text = new byte[to - from];
    int length = 0;
    int at = from;
    while (at < to && line[at] != '"') {
      if (line[at] == '\\') {
        at++;
        if (at == to || (line[at] != '"' && line[at] != '\\')) {
          return giveUp(text);
        }
      } else if (!ImapGrammar.isPlainQuotedChar(line[at])) {
        return giveUp(text);
      }
      text[length++] = line[at++];
    }
    if (at == to) {
      return giveUp(text);
    }
    words.add(new Word.Text(Arrays.copyOf(text, length)));
    Arrays.fill(text, (byte) 0);
    return at + 1;
  }

  private static int giveUp(byte[] text) {
    Arrays.fill(text, (byte) 0);
    return -1;
  }

  void wipe() {
    for (Word word : words) {
      switch (word) {
        case Word.Atom(byte[] bytes) -> Arrays.fill(bytes, (byte) 0);
        case Word.Text(byte[] bytes) -> Arrays.fill(bytes, (byte) 0);
        case Word.Open _, Word.Close _ -> {}
      }
    }
    words.clear();
  }
}
