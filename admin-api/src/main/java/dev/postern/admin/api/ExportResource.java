package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.get;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.ChangeView;
import dev.postern.admin.view.EndedSessionView;
import dev.postern.admin.view.ExportView;
import dev.postern.admin.view.SignInView;
import dev.postern.store.StoreException;
import dev.postern.store.audit.Exports.Numbered;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The record, for those who take it elsewhere. */
final class ExportResource {
  private static final String AFTER = "after";
  private static final int PAGE = 500;
  private static final int USUAL = 1000;
  private static final int LONGEST = 100_000;

  private ExportResource() {}

  static List<Operation> operations() {
    return List.of(
        draft("/exports/changes", "exportChanges", "changes that people made, and alarms")
            .answers(lines(ChangeView.schema(), ChangeView.example()))
            .by(call -> answer(call, call.store().exports()::changes, ChangeView::json)),
        draft("/exports/sign-ins", "exportSignIns", "attempts to log in")
            .answers(lines(SignInView.schema(), SignInView.example()))
            .by(call -> answer(call, call.store().exports()::signIns, SignInView::json)),
        draft("/exports/sessions", "exportSessions", "sessions that have ended")
            .answers(lines(EndedSessionView.schema(), EndedSessionView.example()))
            .by(call -> answer(call, call.store().exports()::sessions, EndedSessionView::json)));
  }

  private static Operation.Draft draft(String path, String id, String what) {
    return get(path, id)
        .does(
            Tag.RECORD,
            "The record of " + what + ", to be taken elsewhere",
            "Go on behind the number of the last line: nothing is missed, however late it was"
                + " written. What has changed since it was told comes again, with its id and a"
                + " higher number. An answer may end early; if it is empty there is no more for"
                + " now.")
        .may(Roles.READERS)
        .takes(
            Parameter.query(
                AFTER,
                Schema.integer(0, 999_999_999_999_999_999L),
                "Lines with higher numbers. Default: 0, the beginning.",
                "0"),
            Parameter.query(
                Pages.LIMIT,
                Schema.integer(1, LONGEST),
                "Most lines. Default: " + USUAL + ".",
                "1000"));
  }

  private static Result lines(Schema schema, JsonNode example) {
    return new Result.Lines(
        200, "A line for each.", ExportView.schema(schema), ExportView.example(example));
  }

  /** Gives a page of a record. */
  private interface Source<T> {
    List<Numbered<T>> page(long after, int limit);
  }

  /** The first page is read at once, so that trouble with it has its status. */
  private static <T> Answer answer(Call call, Source<T> source, Function<T, ObjectNode> view) {
    int limit = call.text(Pages.LIMIT).map(Integer::parseInt).orElse(USUAL);
    List<Numbered<T>> first =
        source.page(call.text(AFTER).map(Long::parseLong).orElse(0L), Math.min(limit, PAGE));
    return new Answer.Lines(sink -> {
      int left = limit;
      List<Numbered<T>> page = first;
      while (!page.isEmpty()) {
        for (Numbered<T> line : page) {
          sink.write(ExportView.json(line, view));
        }
        left -= page.size();
        page = page.size() < PAGE ? List.of() : next(call, source, page, Math.min(left, PAGE));
      }
    });
  }

  /** Those who have lines already go on behind them another time, if there is trouble now. */
  private static <T> List<Numbered<T>> next(
      Call call, Source<T> source, List<Numbered<T>> page, int most) {
    if (most == 0) {
      return List.of();
    }
    try {
      return call.room().within(() -> source.page(page.getLast().number(), most));
    } catch (StoreException | Refusal _) {
      return List.of();
    }
  }
}
