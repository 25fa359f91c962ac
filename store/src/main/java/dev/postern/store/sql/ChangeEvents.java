package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.event.SiteEvent;
import dev.postern.store.event.SiteEvent.Author;
import dev.postern.store.event.SiteEvent.Owner;
import dev.postern.store.event.SiteEvent.Subject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What webhooks are told of changes that go on record together: of app passwords one event, with
 * their number if they are several, so that bulk work is not told a thousand times.
 */
final class ChangeEvents {
  private ChangeEvents() {}

  /** What is worth telling of a change, beside its entry. */
  sealed interface News {
    /**
     * An app password was made.
     *
     * @param replaces the one that it follows
     */
    record Made(AppPassword made, Optional<String> replaces) implements News {}

    /** An app password was revoked, other than by one that follows it. */
    record Ended(AppPassword ended, String reason) implements News {}

    /** A consent ended. */
    record ConsentLost(Owner owner, String upstream, String reason) implements News {}
  }

  static List<SiteEvent> of(Actor actor, Instant at, List<ChangeLog.Entry> entries) {
    List<News.Made> made = new ArrayList<>();
    List<News.Ended> ended = new ArrayList<>();
    List<SiteEvent> events = new ArrayList<>();
    for (ChangeLog.Entry entry : entries) {
      entry
          .news()
          .ifPresent(news -> {
            switch (news) {
              case News.Made one -> made.add(one);
              case News.Ended one -> {
                if (!isReplaced(actor, one)) {
                  ended.add(one);
                }
              }
              case News.ConsentLost(Owner owner, String upstream, String reason) ->
                  events.add(new SiteEvent.ConsentNeeded(at, owner, upstream, reason));
            }
          });
    }
    Author author = new Author(actor.who(), actor.channel().word());
    if (!made.isEmpty()) {
      events.add(made(at, author, made));
    }
    if (!ended.isEmpty()) {
      events.add(ended(at, author, ended));
    }
    return events;
  }

  /** It was told when the one that follows it was made. */
  private static boolean isReplaced(Actor actor, News.Ended ended) {
    return actor.equals(ChangeLog.SYSTEM) && Rotation.isReplacement(ended.reason());
  }

  private static SiteEvent made(Instant at, Author author, List<News.Made> made) {
    if (made.size() > 1) {
      return new SiteEvent.CreatedMany(at, made.size(), author);
    }
    News.Made one = made.getFirst();
    return new SiteEvent.Created(
        at,
        subject(one.made()),
        one.made().scopes().stream().map(Scope::word).sorted().toList(),
        one.replaces(),
        author);
  }

  private static SiteEvent ended(Instant at, Author author, List<News.Ended> ended) {
    News.Ended first = ended.getFirst();
    if (ended.size() == 1) {
      return new SiteEvent.Revoked(at, subject(first.ended()), first.reason(), author);
    }
    AppPassword any = first.ended();
    boolean isOneUsers = ended.stream().allMatch(one -> one.ended().userId().equals(any.userId()));
    return new SiteEvent.RevokedMany(
        at,
        ended.size(),
        isOneUsers ? Optional.of(new Owner(any.userId(), any.user())) : Optional.empty(),
        first.reason(),
        author);
  }

  private static Subject subject(AppPassword appPassword) {
    return new Subject(
        appPassword.id(), appPassword.label(), appPassword.userId(), appPassword.user());
  }
}
