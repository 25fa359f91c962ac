package dev.postern.gateway.imap;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Command names, and what may be said with each before login. */
enum ImapVerb {
  CAPABILITY,
  NOOP,
  LOGOUT,
  ID,
  ENABLE,
  STARTTLS,
  LOGIN,
  AUTHENTICATE,
  /** All that exist but need a login. */
  OTHER_STATE;

  private static final Set<String> NEED_LOGIN =
      Set.of(
          ("SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST LSUB XLIST NAMESPACE"
                  + " STATUS APPEND IDLE CHECK CLOSE UNSELECT EXPUNGE SEARCH FETCH STORE COPY MOVE"
                  + " UID SORT THREAD COMPRESS GETQUOTA GETQUOTAROOT SETQUOTA GETACL SETACL"
                  + " DELETEACL LISTRIGHTS MYRIGHTS GETMETADATA SETMETADATA NOTIFY"
                  + " UNAUTHENTICATE")
              .split(" "));

  private static final Map<String, ImapVerb> BY_NAME = byName();

  /** The verb of that name, in any case. */
  static Optional<ImapVerb> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name.toUpperCase(Locale.ROOT)));
  }

  private static Map<String, ImapVerb> byName() {
    Map<String, ImapVerb> names = new HashMap<>();
    for (ImapVerb verb : values()) {
      names.put(verb.name(), verb);
    }
    names.remove(OTHER_STATE.name());
    NEED_LOGIN.forEach(name -> names.put(name, OTHER_STATE));
    return Map.copyOf(names);
  }
}
