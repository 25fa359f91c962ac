package dev.postern.admin.imports;

/**
 * One way to write an export: a line is one thing. May remember earlier lines; one object reads one
 * export, perhaps of several files. Never throws for what a line holds.
 */
public interface LineFormat {

  /** A file begins: what was its header is none any more. */
  void begin();

  /** The next line, without its end. */
  ImportLine read(String line);
}
