package dev.postern.store.oauth;

/**
 * What a token says that we sign for one login, RFC 7519 §4.1 and RFC 8693 §4.2.
 *
 * @param issuer who we are
 * @param mailbox that it opens: the subject
 * @param audience the one server that is to take it
 * @param scope the one protocol that it is for
 */
public record LoginToken(String issuer, String mailbox, String audience, String scope) {}
