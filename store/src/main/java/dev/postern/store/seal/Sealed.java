package dev.postern.store.seal;

/**
 * A secret at rest: AES-256-GCM under a server key, bound to the place it belongs to. It opens only
 * with the key and the same {@link Place}.
 *
 * @param text {@code v1:KEY-ID:BASE64}, safe to store and worthless without the key
 * @param place what it is bound to
 */
public record Sealed(String text, Place place) {

  /** Says where, never what. */
  @Override
  public String toString() {
    return "Sealed[" + place + "]";
  }

  /**
   * The cell that a sealed value belongs to; the associated data of the encryption, so that a value
   * moved to another row, user or upstream does not open.
   *
   * @param table table name
   * @param row primary key of the row
   * @param userId owner, empty if none
   * @param upstream upstream name, empty if none
   * @param field column name
   * @param version counts up with every new value of the cell
   */
  public record Place(
      String table, String row, String userId, String upstream, String field, long version) {}
}
