package dev.postern.store.integrity;

/** Takes it down when a row is not what Postern wrote. Never blocks; repeats are welcome. */
public interface RowAlarm {

  /**
   * Somebody changed a row; it counts for nothing.
   *
   * @param row its primary key, never a secret
   * @param trouble what is wrong with it
   */
  void raise(String table, String row, Trouble trouble);

  /** What can be wrong with a row. */
  enum Trouble {
    /** Its signature is not right, or missing. */
    ALTERED("was changed by somebody else than Postern"),
    /** Its signature is right, but a newer version of it was seen. */
    PUT_BACK("is an older version than was seen before"),
    /** It holds what no program of ours writes. */
    MALFORMED("makes no sense"),
    /** It was made with a key that this process does not hold. */
    KEY_MISSING("needs a key that is not in the key file here");

    private final String words;

    Trouble(String words) {
      this.words = words;
    }

    /** As in the log, behind the row's name. */
    public String words() {
      return words;
    }
  }
}
