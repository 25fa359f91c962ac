package dev.postern.store.guard;

import java.net.InetAddress;

/**
 * One secret that may be wrong, from the moment that the throttle has to know of it. It is counted
 * twice: for the name, which decides what is answered, and, if it is compared with secrets that
 * people made, for the user, which decides whether it is. Used by one attempt.
 */
public final class Guess {
  private final Throttle throttle;
  private final Marks marks;
  private final InetAddress peer;
  private Charge charge = Charge.NONE;
  private boolean isOneTooMany;

  private enum Charge {
    /** Not to be compared with secrets that people made, so far. */
    NONE,
    /** It was compared before, or comes from one of the user's networks. */
    FREE,
    /** It counts as one of the user's. */
    COUNTED,
    /** There was no room for one more. */
    DENIED
  }

  /**
   * What things are called, see {@link Fingerprints}.
   *
   * @param secret the name and the secret
   * @param name the name
   * @param tried the user, the state of his app passwords, and the secret
   * @param user the user
   * @param home user and network, if the user is known there; else 0
   */
  record Marks(long secret, long name, long tried, long user, long home) {}

  Guess(Throttle throttle, Marks marks, InetAddress peer) {
    this.throttle = throttle;
    this.marks = marks;
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

  /**
   * Whether it may be sent to somebody else who judges it: then there must be room in the networks
   * of the address, too.
   */
  public boolean mayTryElsewhere() {
    return (isAtHome() || throttle.hasRoom(peer)) && mayTryOwn();
  }

  /** The same for the same secret of the same user, as long as no app password of his changes. */
  public long mark() {
    return marks.tried;
  }

  private Charge charged() {
    if (isAtHome() || throttle.isRemembered(marks.tried)) {
      return Charge.FREE;
    }
    if (throttle.count(marks.user, 1) == ExpiringKeys.FULL) {
      return Charge.DENIED;
    }
    if (throttle.remember(marks.tried)) {
      return Charge.COUNTED;
    }
    throttle.uncount(marks.user); // another connection was first with the same
    return Charge.FREE;
  }

  /**
   * It is right after all. It must not be remembered: it would be compared then for whoever hits on
   * it, also where there is no room for more guesses.
   */
  public void right() {
    throttle.forget(marks.tried);
    if (charge == Charge.COUNTED) {
      throttle.uncount(marks.user);
    }
  }

  /**
   * It is right, and refused all the same; how that goes out. The answer is that to a wrong one, so
   * that nobody learns which it is.
   */
  public Throttle.Answer unwelcome() {
    right();
    return wrong();
  }

  /** It is wrong, or was not compared with all there is; how the refusal goes out. */
  public Throttle.Answer wrong() {
    return switch (charge) {
      case DENIED -> tooMany();
      case NONE, FREE, COUNTED -> throttle.remember(marks.secret) ? isNew() : Throttle.Answer.PLAIN;
    };
  }

  private Throttle.Answer isNew() {
    if (isAtHome()) {
      return throttle.count(marks.home, 1) == ExpiringKeys.FULL
          ? throttle.slowed(throttle.countNetworks(peer))
          : Throttle.Answer.PLAIN;
    }
    long ofName = throttle.count(marks.name, 1);
    if (ofName == ExpiringKeys.FULL) {
      // As one that was not compared: whoever sends it again gets the same answer again.
      throttle.forget(marks.secret);
      return tooMany();
    }
    long ofNetworks = throttle.countNetworks(peer);
    return ofNetworks == ExpiringKeys.FULL
        ? throttle.refused()
        : throttle.slowed(Math.max(ofName, ofNetworks));
  }

  private Throttle.Answer tooMany() {
    isOneTooMany = true;
    return throttle.refused();
  }

  /** Whether it was refused unseen because too many came for this name or user, from wherever. */
  public boolean isOneTooMany() {
    return isOneTooMany;
  }

  private boolean isAtHome() {
    return marks.home != 0;
  }
}
