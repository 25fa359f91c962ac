package dev.postern.store.auth;

/** What becomes of one field when something is changed. */
public sealed interface Edit<T> {

  /** It stays as it is. */
  record Keep<T>() implements Edit<T> {}

  /** It becomes that. */
  record To<T>(T value) implements Edit<T> {}

  /** What the field is afterwards. */
  default T of(T current) {
    return switch (this) {
      case Keep<T> _ -> current;
      case To<T>(T value) -> value;
    };
  }
}
