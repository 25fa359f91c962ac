package dev.postern.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.postern.store.auth.VerificationTimes;
import dev.postern.store.hash.BusyException;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.RenewalEvents;
import dev.postern.store.policy.PolicyAnswers;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What metrics read.
 *
 * @param credentialCache the cache of credential rows, for a Caffeine binder
 * @param connectionPool the database pool's own view of itself
 * @param waitingLookups look-ups that wait for the database now
 * @param rowAlarms how often a row was met that somebody else than Postern had written
 * @param waitingHashes checks that wait for a slow hash now
 * @param unmadeChecks how many slow hashes that somebody waited for were not computed, and why
 * @param sinceInTouch how long ago the database last told this node what changes there are
 * @param verifications tells how long checks take
 * @param policyAnswers how often the policy service said what
 * @param renewals takes who is to learn of requests for access tokens
 * @param consents takes who is to learn how many consents there are: at once what is known, and on
 *     nodes each minute
 */
public record StoreStatistics(
    Cache<?, ?> credentialCache,
    HikariPoolMXBean connectionPool,
    Supplier<Integer> waitingLookups,
    Supplier<Long> rowAlarms,
    Supplier<Integer> waitingHashes,
    ToLongFunction<BusyException.Why> unmadeChecks,
    Supplier<Duration> sinceInTouch,
    VerificationTimes verifications,
    PolicyAnswers policyAnswers,
    Consumer<RenewalEvents> renewals,
    Consumer<Consumer<List<ConsentCount>>> consents) {}
