package dev.postern.store.audit;

/**
 * How much of the record of login attempts there may be.
 *
 * @param waiting different attempts in memory; beyond them only whose they were and why they failed
 *     is noted, for as many again, and beyond those only why
 * @param waitingUnnamed of those, by names that nobody was found for yet
 * @param waitingAlike of those, of one user, one domain, or of no name
 * @param ofUser rows of one user; the oldest go first, here as everywhere
 * @param ofDomain rows of names in one domain that nobody has
 * @param ofNobody rows of names that nobody has
 * @param refused rows of attempts that were not accepted
 */
public record SignInLimits(
    int waiting,
    int waitingUnnamed,
    int waitingAlike,
    int ofUser,
    int ofDomain,
    int ofNobody,
    int refused) {

  /** About 400 MB of refusals at most. */
  public static final SignInLimits DEFAULTS =
      new SignInLimits(20_000, 10_000, 2_000, 10_000, 5_000, 50_000, 1_000_000);
}
