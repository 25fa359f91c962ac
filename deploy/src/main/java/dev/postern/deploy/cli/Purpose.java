package dev.postern.deploy.cli;

import dev.postern.store.auth.Scope;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** What an app password is for, in a person's words. */
enum Purpose {
  READ_SEND("read-send"),
  SEND("send"),
  READ("read");

  private final String word;

  Purpose(String word) {
    this.word = word;
  }

  Set<Scope> scopes() {
    return switch (this) {
      case READ_SEND -> Set.of(Scope.IMAP, Scope.POP3, Scope.SUBMISSION);
      case SEND -> Set.of(Scope.SUBMISSION);
      case READ -> Set.of(Scope.IMAP, Scope.POP3);
    };
  }

  static Purpose ofWord(String word) {
    return Stream.of(values())
        .filter(purpose -> purpose.word.equals(word))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "\""
                    + word
                    + "\" is no purpose; write "
                    + Stream.of(values()).map(p -> p.word).collect(Collectors.joining(", "))));
  }

  /** The word for a set of scopes, or their names. */
  static String describe(Set<Scope> scopes) {
    return Stream.of(values())
        .filter(purpose -> purpose.scopes().equals(scopes))
        .map(purpose -> purpose.word)
        .findFirst()
        .orElseGet(
            () -> scopes.stream().map(Scope::word).sorted().collect(Collectors.joining(", ")));
  }
}
