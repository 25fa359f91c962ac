package dev.postern.admin.auth;

import io.javalin.http.Context;

/**
 * {@code /auth/dovecot}: the question of {@code /auth/verify}, and an answer that a script without
 * a JSON library can read: {@code ok} and the name of the mailbox, {@code fail} or {@code later},
 * each on a line of its own.
 */
final class DovecotResource {
  private final Gate gate;
  private final Verification verification;
  private final AuthDesk desk;

  DovecotResource(Gate gate, Verification verification, AuthDesk desk) {
    this.gate = gate;
    this.verification = verification;
    this.desk = desk;
  }

  void post(Context request) {
    long began = System.nanoTime();
    Gate.Entry entry = gate.entry(request);
    Question question = QuestionBody.read(request, Way.DOVECOT);
    Decision decision = verification.decide(entry.store(), entry.token(), question, began);
    String answer =
        switch (decision) {
          case Decision.Accepted(var grant) ->
              "ok\n"
                  + desk.place(grant, question.protocol())
                      .map(AuthDesk.Place::mailbox)
                      .orElse(grant.upstreamUser())
                  + "\n";
          case Decision.Rejected _ -> "fail\n";
          case Decision.Throttled _, Decision.Unavailable _ -> "later\n";
        };
    request.status(200).contentType("text/plain; charset=utf-8").result(answer);
  }
}
