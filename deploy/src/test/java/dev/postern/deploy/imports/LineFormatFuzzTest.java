package dev.postern.deploy.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.admin.imports.BoundedLines;
import dev.postern.admin.imports.ImportLine;
import dev.postern.admin.imports.ImportSource;
import dev.postern.admin.imports.LineFormat;
import dev.postern.store.imports.ForeignSecret;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;

/** Any file where an export should be; its first byte chooses whose. */
class LineFormatFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/imports.dict")
  @FuzzTest
  void readsAnyExport(byte[] input) throws IOException {
    if (input.length == 0) {
      return;
    }
    ImportSource[] sources = ImportSource.values();
    LineFormat format = sources[(input[0] & 0x3) % sources.length].format(1000);
    BoundedLines lines =
        new BoundedLines(new StringReader(new String(input, 1, input.length - 1, UTF_8)));
    format.begin();
    for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
      check(format.read(line.get()), line.get());
    }
  }

  private static void check(ImportLine read, String line) {
    switch (read) {
      case ImportLine.Nothing _ -> {}
      case ImportLine.Found(ForeignSecret secret) -> {
        String hash = secret.hash().expose(bytes -> new String(bytes, UTF_8));
        assertThat(secret.user()).isNotEmpty();
        String printed = read.toString().replace(secret.user(), "").replace(secret.label(), "");
        assertThat(hash.length() >= 20 && printed.contains(hash)).isFalse();
        secret.hash().close();
      }
      case ImportLine.Unusable(String _, String why) -> {
        assertThat(why).isNotBlank();
        assertThat(line.length() >= 20 && why.contains(line)).isFalse();
      }
    }
  }
}
