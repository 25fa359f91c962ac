package dev.postern.deploy.cli;

import dev.postern.admin.imports.BoundedLines;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.UpstreamRouting.Forecast;
import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.User;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A file with a mailbox on each line, and what is known of each; {@code #} begins a comment. */
final class MailboxList {
  private static final int MOST = 100_000;
  private static final int LONGEST_SHOWN = 320;

  private final List<String> names;

  private MailboxList(List<String> names) {
    this.names = names;
  }

  /** What a line stands for. */
  sealed interface Entry {

    /** A user who would be let in. */
    record Known(Grant grant) implements Entry {}

    /**
     * Nobody whom an app password could let in.
     *
     * @param name as it can be shown
     */
    record Untried(String name, String cause, String detail, String remedy) implements Entry {}
  }

  /**
   * Reads the file.
   *
   * @throws CommandFailure if it cannot be read, or has more than {@value #MOST} mailboxes
   */
  static MailboxList read(Path file) {
    List<String> names = new ArrayList<>();
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      BoundedLines lines = new BoundedLines(reader);
      for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
        String name = line.get().replaceFirst("(^|\\s)#.*", "").strip();
        if (!name.isEmpty()) {
          names.add(name);
        }
        if (names.size() > MOST) {
          throw new CommandFailure(
              "invalid",
              file + " has more than " + MOST + " mailboxes",
              "try some of each kind, or split the file");
        }
      }
    } catch (NoSuchFileException _) {
      throw new CommandFailure("not-found", "there is no file " + file, "name one that exists");
    } catch (IOException trouble) {
      throw new CommandFailure(
          "io", file + " cannot be read: " + trouble.getMessage(), "make it readable UTF-8 text");
    }
    return new MailboxList(names);
  }

  /** What each stands for, in order. Blocks on the database. */
  List<Entry> entries(Store store) {
    return names.stream().map(name -> entry(store, name)).toList();
  }

  private static Entry entry(Store store, String name) {
    Optional<Grant> grant = store.trialGrant(name);
    if (grant.isEmpty()) {
      return new Entry.Untried(
          shown(name),
          "no-user",
          "no user has this name, so it was not tried",
          "postern user add " + shown(name));
    }
    Optional<String> reason =
        store.users().find(grant.get().user()).flatMap(User::disabled).map(User.Disabled::reason);
    return reason
        .<Entry>map(why ->
            new Entry.Untried(
                grant.get().user(),
                "user-disabled",
                "the user is disabled (" + why + "), so it was not tried",
                "postern user enable " + grant.get().user()))
        .orElseGet(() -> new Entry.Known(grant.get()));
  }

  /** For each upstream the first mailbox that leads there. */
  static Map<String, String> byUpstream(List<Entry> entries, GatewayConfig config, Store store) {
    UpstreamRouting routing = new UpstreamRouting(config, store.secretBox());
    Map<String, String> mailboxes = new HashMap<>();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Known(Grant grant)) {
        for (Scope protocol : Scope.values()) {
          if (routing.forecast(grant, protocol)
              instanceof Forecast.To(String upstream, var _, String mailbox)) {
            mailboxes.putIfAbsent(upstream, mailbox);
          }
        }
      }
    }
    return mailboxes;
  }

  /** A line may hold anything. */
  private static String shown(String name) {
    String clean = name.replaceAll("\\p{Cntrl}", "?");
    return clean.substring(0, Math.min(clean.length(), LONGEST_SHOWN));
  }
}
