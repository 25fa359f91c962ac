package dev.postern.store.guard;

import java.net.InetAddress;

/**
 * One secret that may be wrong, from the moment that the throttle has to know of it. Used by one
 * attempt.
 */
public final class Guess {
  private final Throttle throttle;
  private final long guess;
  private final long subject;
  private final long home;
  private final InetAddress peer;
  private Charge charge = Charge.NONE;

  private enum Charge {
    /** Nothing was counted yet. */
    NONE,
    /** It was wrong before, or comes from one of the user's networks. */
    FREE,
    /** It counts as one of the user's. */
    COUNTED,
    /** There was no room for one more. */
    DENIED
  }

  /**
   * @param guess names whose secret it was said to be, and the secret
   * @param subject names whose guesses are counted
   * @param home names user and network, if the user is known there; else 0
   */
  Guess(Throttle throttle, long guess, long subject, long home, InetAddress peer) {
    this.throttle = throttle;
    this.guess = guess;
    this.subject = subject;
    this.home = home;
    this.peer = peer;
  }

  /**
   * Whether it may be compared with secrets that people made; asked before that is done, so that
   * guesses in parallel count as well.
   */
  public boolean mayTryOwn() {
    if (charge == Charge.NONE) {
      charge = charged();
    }
    return charge != Charge.DENIED;
  }

  private Charge charged() {
    if (home != 0 || throttle.wasWrong(guess)) {
      return Charge.FREE;
    }
    if (throttle.count(subject, 1) == ExpiringKeys.FULL) {
      return Charge.DENIED;
    }
    if (throttle.remember(guess)) {
      return Charge.COUNTED;
    }
    throttle.uncount(subject); // another connection was first with the same
    return Charge.FREE;
  }

  /**
   * It is right after all. It must not be remembered: it would be compared then for whoever hits on
   * it, also where there is no room for more guesses.
   */
  public void right() {
    throttle.forget(guess);
    if (charge == Charge.COUNTED) {
      throttle.uncount(subject);
    }
  }

  /**
   * It is right, and refused all the same, so that whoever guesses does not learn that it is; how
   * that goes out. The same as for a wrong one, which it is not taken for.
   */
  public Throttle.Answer unwelcome() {
    right();
    return home == 0 ? throttle.asIfWrong(subject, peer) : Throttle.Answer.PLAIN;
  }

  /** It is wrong, or was not compared with all there is; how the refusal goes out. */
  public Throttle.Answer wrong() {
    return switch (charge) {
      case DENIED -> throttle.refused();
      case COUNTED -> fromElsewhere(throttle.level(subject));
      case NONE, FREE -> throttle.remember(guess) ? isNew() : Throttle.Answer.PLAIN;
    };
  }

  private Throttle.Answer isNew() {
    if (home == 0) {
      return fromElsewhere(throttle.count(subject, 1));
    }
    if (throttle.count(home, 1) != ExpiringKeys.FULL) {
      return Throttle.Answer.PLAIN;
    }
    long count = throttle.countNetworks(peer);
    return throttle.slowed(count == ExpiringKeys.FULL ? Long.MAX_VALUE : count);
  }

  private Throttle.Answer fromElsewhere(long ofSubject) {
    long ofNetworks = throttle.countNetworks(peer);
    return ofSubject == ExpiringKeys.FULL || ofNetworks == ExpiringKeys.FULL
        ? throttle.refused()
        : throttle.slowed(Math.max(ofSubject, ofNetworks));
  }
}
