package dev.postern.store.auth;

/**
 * What a policy says, as somebody saw it.
 *
 * @param version counts up with every change; 0 where there has never been any
 */
public record PolicyState(PolicyRules rules, long version) {}
