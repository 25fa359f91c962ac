package dev.postern.admin.imports;

import dev.postern.admin.imports.CsvRows.Row;
import dev.postern.admin.imports.ImportLine.Unusable;
import dev.postern.store.auth.Scope;
import java.util.EnumSet;
import java.util.Set;

/**
 * Mailu's tables as CSV: {@code token} (columns {@code user_email}, {@code password}, {@code id};
 * also {@code comment}, {@code ip}) or {@code user} ({@code email}, {@code password}; also {@code
 * enabled}, {@code enable_imap}, {@code enable_pop}). Tokens are machine-made.
 */
final class MailuCsv implements LineFormat {
  private final CsvRows rows = new CsvRows(Set.of("password"));

  @Override
  public void begin() {
    rows.begin();
  }

  @Override
  public ImportLine read(String line) {
    return rows.read(line, row -> rows.has("user_email") ? token(row) : user(row));
  }

  private static ImportLine token(Row row) {
    String user = row.text("user_email");
    String id = row.text("id");
    if (user.isEmpty() || id.isEmpty()) {
      return new Unusable(user, "lacks user_email or id");
    }
    try {
      return new Draft("mailu/token/" + id, user)
          .label(row.text("comment"), "Token from Mailu")
          .networks(row.text("ip"))
          .machineMade(true)
          .found(row.text("password"));
    } catch (IllegalArgumentException _) {
      return new Unusable(user, "has an ip that is no list of networks");
    }
  }

  private static ImportLine user(Row row) {
    String user = row.text("email");
    if (user.isEmpty()) {
      return new Unusable("", "lacks user_email or email");
    }
    if (!row.isOn("enabled", true)) {
      return new Unusable(user, "is not enabled there");
    }
    Set<Scope> scopes = EnumSet.of(Scope.SUBMISSION);
    if (row.isOn("enable_imap", true)) {
      scopes.add(Scope.IMAP);
    }
    if (row.isOn("enable_pop", true)) {
      scopes.add(Scope.POP3);
    }
    return new Draft("mailu/user/" + user, user)
        .label("Password from Mailu", "")
        .scopes(scopes)
        .found(row.text("password"));
  }
}
