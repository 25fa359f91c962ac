package dev.postern.gateway.imap;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The tags of commands that the server has not answered yet, each as often as it was used: a client
 * need not choose different ones. Beside them, for good, the words that were tags if the server
 * took a doubtful literal for a command.
 */
final class ImapOpenTags {

  /** Characters of open tags, with {@value #PER_TAG} for each. */
  static final int MOST = 65_536;

  private static final int PER_TAG = 32;

  /** Words of doubtful literals. */
  static final int MOST_DOUBTED = 256;

  private final Map<String, Integer> tags = new HashMap<>();
  private final Set<String> doubted = new HashSet<>();
  private int size;

  void add(String tag) {
    tags.merge(tag, 1, Integer::sum);
    size += tag.length() + PER_TAG;
  }

  /** Takes a tag out once; false if it was not there. */
  boolean remove(String tag) {
    Integer times = tags.get(tag);
    if (times == null) {
      return false;
    }
    if (times == 1) {
      tags.remove(tag);
    } else {
      tags.put(tag, times - 1);
    }
    size -= tag.length() + PER_TAG;
    return true;
  }

  /** Notes a word that may have been a tag; false if there are too many. */
  boolean doubt(String word) {
    return doubted.contains(word) || (doubted.size() < MOST_DOUBTED && doubted.add(word));
  }

  /** Whether an answer with this tag is one to the command that has it now. */
  boolean isSure(String tag) {
    return !tags.containsKey(tag) && !doubted.contains(tag);
  }

  boolean isFull() {
    return size >= MOST;
  }
}
