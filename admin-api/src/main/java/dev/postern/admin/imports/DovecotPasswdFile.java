package dev.postern.admin.imports;

import dev.postern.admin.imports.ImportLine.Nothing;
import dev.postern.admin.imports.ImportLine.Unusable;
import java.util.Arrays;
import java.util.Optional;

/**
 * Dovecot's passwd-file: {@code user:{SCHEME}hash:uid:gid:gecos:home:shell:extra}, of which only
 * user and hash must be there. Of the extra fields {@code allow_nets} is taken over, and {@code
 * nologin} is reported: whoever has it does not log in there.
 */
final class DovecotPasswdFile implements LineFormat {
  private static final int EXTRA = 7;

  @Override
  public void begin() {
    // There is no header.
  }

  @Override
  public ImportLine read(String line) {
    if (line.isBlank() || line.startsWith("#")) {
      return new Nothing();
    }
    String[] fields = line.split(":", EXTRA + 1);
    String user = fields[0].strip();
    if (fields.length < 2 || user.isEmpty()) {
      return new Unusable("", "is no line of a passwd-file: user, a colon, the hash");
    }
    String[] extra =
        fields.length > EXTRA ? fields[EXTRA].strip().split("\\s+", -1) : new String[0];
    if (value(extra, "nologin").isPresent()) {
      return new Unusable(user, "may not log in there (nologin)");
    }
    try {
      return new Draft("dovecot/" + user, user)
          .label("Password from Dovecot", "")
          .networks(value(extra, "allow_nets").orElse(""))
          .found(fields[1].strip());
    } catch (IllegalArgumentException _) {
      return new Unusable(user, "has an allow_nets that is no list of networks");
    }
  }

  /** The value of an extra field, empty text if it is a bare word. */
  private static Optional<String> value(String[] extra, String name) {
    return Arrays.stream(extra)
        .filter(field -> field.equals(name) || field.startsWith(name + "="))
        .map(field -> field.length() > name.length() ? field.substring(name.length() + 1) : "")
        .findFirst();
  }
}
