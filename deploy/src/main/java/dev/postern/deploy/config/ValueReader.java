package dev.postern.deploy.config;

/** Makes a value of the text of one key, references followed. */
@FunctionalInterface
interface ValueReader<T> {
  T read(String text) throws BadValue;
}
