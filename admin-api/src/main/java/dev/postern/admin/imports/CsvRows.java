package dev.postern.admin.imports;

import dev.postern.admin.imports.ImportLine.Nothing;
import dev.postern.admin.imports.ImportLine.Unusable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectReader;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;

/**
 * Comma-separated values with a header (RFC 4180), one row a line. Columns are found by their
 * names, in any order and case; others are ignored.
 */
final class CsvRows {
  private static final ObjectReader LINES =
      CsvMapper.builder()
          .enable(CsvReadFeature.WRAP_AS_ARRAY)
          .build()
          .readerForListOf(String[].class);

  private final Set<String> required;
  private List<String> header = List.of();

  /** Makes of a row what it holds. */
  interface RowReader {
    ImportLine read(Row row);
  }

  /**
   * @param required columns without which a file is none of the kind
   */
  CsvRows(Set<String> required) {
    this.required = required;
  }

  void begin() {
    header = List.of();
  }

  /** The columns that there are. */
  boolean has(String column) {
    return header.contains(column);
  }

  ImportLine read(String line, RowReader reader) {
    if (line.isBlank()) {
      return new Nothing();
    }
    Optional<String[]> fields = fields(line);
    if (fields.isEmpty()) {
      return new Unusable("", "is no line of comma-separated values");
    }
    if (header.isEmpty()) {
      return header(fields.get());
    }
    if (fields.get().length != header.size()) {
      return new Unusable(
          "", "has " + fields.get().length + " values for " + header.size() + " columns");
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < header.size(); i++) {
      values.put(header.get(i), fields.get()[i].strip());
    }
    return reader.read(new Row(values));
  }

  private ImportLine header(String[] fields) {
    List<String> names =
        List.of(fields).stream().map(name -> name.strip().toLowerCase(Locale.ROOT)).toList();
    if (!new HashSet<>(names).containsAll(required)) {
      return new Unusable("", "is no header with the columns " + String.join(", ", required));
    }
    header = names;
    return new Nothing();
  }

  private static Optional<String[]> fields(String line) {
    try {
      List<String[]> rows = LINES.readValue(line);
      return rows.size() == 1 ? Optional.of(rows.getFirst()) : Optional.empty();
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  /** The values of a row by column. */
  record Row(Map<String, String> values) {
    /** Empty if there is no such column. */
    String text(String column) {
      String value = values.getOrDefault(column, "");
      return value.equals("NULL") || value.equals("\\N") ? "" : value;
    }

    /** Whether a switch is on; {@code otherwise} if there is no such column or nothing in it. */
    boolean isOn(String column, boolean otherwise) {
      String value = text(column).toLowerCase(Locale.ROOT);
      return value.isEmpty()
          ? otherwise
          : value.equals("1") || value.equals("t") || value.equals("true");
    }

    @Override
    public String toString() {
      return "Row" + values.keySet();
    }
  }
}
