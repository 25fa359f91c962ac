package dev.postern.admin.imports;

import dev.postern.admin.imports.CsvRows.Row;
import dev.postern.admin.imports.ImportLine.Unusable;
import dev.postern.store.auth.Scope;
import java.util.EnumSet;
import java.util.Set;

/**
 * mailcow's tables as CSV: {@code app_passwd} (columns {@code mailbox}, {@code password}, {@code
 * id}; also {@code name}, {@code active}, {@code imap_access}, {@code smtp_access}, {@code
 * pop3_access}) or {@code mailbox} ({@code username}, {@code password}; also {@code active}).
 * People choose the app passwords there themselves, so none counts as machine-made.
 */
final class MailcowCsv implements LineFormat {
  private final CsvRows rows = new CsvRows(Set.of("password"));

  @Override
  public void begin() {
    rows.begin();
  }

  @Override
  public ImportLine read(String line) {
    return rows.read(line, this::read);
  }

  private ImportLine read(Row row) {
    boolean isAppPassword = rows.has("mailbox");
    String user = row.text(isAppPassword ? "mailbox" : "username");
    String id = row.text("id");
    if (user.isEmpty() || (isAppPassword && id.isEmpty())) {
      return new Unusable(user, "lacks mailbox and id, or username");
    }
    if (!row.isOn("active", true)) {
      return new Unusable(user, "is not active there");
    }
    return isAppPassword
        ? new Draft("mailcow/app_passwd/" + id, user)
            .label(row.text("name"), "App password from mailcow")
            .scopes(scopes(row))
            .found(row.text("password"))
        : new Draft("mailcow/mailbox/" + user, user)
            .label("Password from mailcow", "")
            .found(row.text("password"));
  }

  private static Set<Scope> scopes(Row row) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    if (row.isOn("imap_access", true)) {
      scopes.add(Scope.IMAP);
    }
    if (row.isOn("smtp_access", true)) {
      scopes.add(Scope.SUBMISSION);
    }
    if (row.isOn("pop3_access", true)) {
      scopes.add(Scope.POP3);
    }
    return scopes;
  }
}
