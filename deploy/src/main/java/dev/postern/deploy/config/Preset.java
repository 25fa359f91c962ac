package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.Budgets;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What is known of a provider that many use: an upstream names it with {@code preset}. */
enum Preset {
  /** Exchange Online for organisations. */
  OFFICE365,
  /** Outlook.com for persons. */
  OUTLOOK,
  /** Gmail and Google Workspace. */
  GOOGLE;

  private static final String MICROSOFT = "https://login.microsoftonline.com/";
  private static final String OUTLOOK_SCOPES = "https://outlook.office.com/";
  private static final String EXCHANGE = "outlook.office365.com";

  /** As in the configuration. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Map<String, Preset> words() {
    Map<String, Preset> words = new LinkedHashMap<>();
    for (Preset preset : values()) {
      words.put(preset.word(), preset);
    }
    return words;
  }

  Map<Scope, Endpoint> endpoints() {
    return switch (this) {
      case OFFICE365 ->
          endpoints(EXCHANGE, new Endpoint("smtp.office365.com", 587, Security.STARTTLS), EXCHANGE);
      case OUTLOOK ->
          endpoints(
              EXCHANGE, new Endpoint("smtp-mail.outlook.com", 587, Security.STARTTLS), EXCHANGE);
      case GOOGLE ->
          endpoints(
              "imap.gmail.com",
              new Endpoint("smtp.gmail.com", 465, Security.IMPLICIT_TLS),
              "pop.gmail.com");
    };
  }

  private static Map<Scope, Endpoint> endpoints(String imap, Endpoint submission, String pop3) {
    return Map.of(
        Scope.IMAP, new Endpoint(imap, 993, Security.IMPLICIT_TLS),
        Scope.SUBMISSION, submission,
        Scope.POP3, new Endpoint(pop3, 995, Security.IMPLICIT_TLS));
  }

  /** What was seen to be refused beyond; only Google's 15 by IMAP is its own word. */
  Budgets budgets() {
    return switch (this) {
      case OFFICE365, OUTLOOK -> new Budgets(Optional.of(20), Optional.of(3), Optional.empty());
      case GOOGLE -> new Budgets(Optional.of(15), Optional.empty(), Optional.empty());
    };
  }

  /** Hosts that its tokens are for. */
  Set<String> tokenHosts() {
    return switch (this) {
      case OFFICE365, OUTLOOK ->
          Set.of(
              "outlook.office365.com",
              "outlook.office.com",
              "smtp.office365.com",
              "smtp-mail.outlook.com",
              "partner.outlook.cn");
      case GOOGLE -> Set.of("imap.gmail.com", "pop.gmail.com", "smtp.gmail.com");
    };
  }

  /** Exchange Online announces XOAUTH2 alone, and answers OK to mailboxes that are not there. */
  Quirks quirks() {
    return switch (this) {
      case OFFICE365, OUTLOOK -> new Quirks(true, true, true);
      case GOOGLE -> new Quirks(true, false, true);
    };
  }

  /** Whether registrations are of one organisation. */
  boolean hasTenants() {
    return this == OFFICE365;
  }

  /**
   * Where it hands out tokens.
   *
   * @param tenant of those that have one
   */
  Provider provider(String tenant) {
    return switch (this) {
      case OFFICE365 -> microsoft(tenant);
      case OUTLOOK -> microsoft("consumers");
      case GOOGLE ->
          new Provider.Known(
              URI.create("https://oauth2.googleapis.com/token"),
              Optional.of(URI.create("https://accounts.google.com/o/oauth2/v2/auth")),
              Optional.of(URI.create("https://oauth2.googleapis.com/device/code")));
    };
  }

  private static Provider microsoft(String tenant) {
    String place = MICROSOFT + tenant + "/oauth2/v2.0/";
    return new Provider.Known(
        URI.create(place + "token"),
        Optional.of(URI.create(place + "authorize")),
        Optional.of(URI.create(place + "devicecode")));
  }

  /** What to ask for where a flow is used to reach these protocols. */
  List<String> scopes(OAuthFlow flow, Set<Scope> protocols) {
    return switch (this) {
      case OFFICE365, OUTLOOK ->
          switch (flow) {
            case OAuthFlow.ClientCredentials(), OAuthFlow.ServiceAccount _ ->
                List.of("https://outlook.office365.com/.default");
            case OAuthFlow.Consent _ -> delegated(protocols);
          };
      case GOOGLE ->
          switch (flow) {
            case OAuthFlow.ClientCredentials(), OAuthFlow.ServiceAccount _ ->
                List.of("https://mail.google.com/");
            case OAuthFlow.Consent _ -> List.of("https://mail.google.com/", "openid", "email");
          };
    };
  }

  private static List<String> delegated(Set<Scope> protocols) {
    List<String> scopes = new ArrayList<>();
    for (Scope protocol : Scope.values()) {
      if (protocols.contains(protocol)) {
        scopes.add(
            switch (protocol) {
              case IMAP -> OUTLOOK_SCOPES + "IMAP.AccessAsUser.All";
              case SUBMISSION -> OUTLOOK_SCOPES + "SMTP.Send";
              case POP3 -> OUTLOOK_SCOPES + "POP.AccessAsUser.All";
            });
      }
    }
    scopes.addAll(List.of("offline_access", "openid", "email", "profile"));
    return scopes;
  }

  /** What is sent along where a person is asked. */
  Map<String, String> consentParameters() {
    return switch (this) {
      case OFFICE365, OUTLOOK -> Map.of();
      case GOOGLE -> Map.of("access_type", "offline", "prompt", "consent");
    };
  }
}
