package dev.postern.deploy.cli;

import dev.postern.admin.view.PolicyView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyRules.Lifetime;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StorageForm;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern policy …}. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    description = {
      "What app passwords may be: of a user, a group, a domain, or the site.",
      "The narrower policy wins, rule by rule; where none says anything, the configuration does."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern policy set --group scanners --for send --limit 2"})
final class PolicyCommands {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  PolicyCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  /** Whom the policy is for; the site if nobody is named. */
  static final class Whom {
    @Option(names = "--user", paramLabel = "NAME", description = "The policy of one user.")
    private Optional<String> user = Optional.empty();

    @Option(names = "--group", paramLabel = "NAME", description = "Of a group of users.")
    private Optional<String> group = Optional.empty();

    @Option(names = "--domain", paramLabel = "NAME", description = "Of all users of a domain.")
    private Optional<String> domain = Optional.empty();

    PolicySubject subject() {
      return user.<PolicySubject>map(PolicySubject.OfUser::new)
          .or(() -> group.map(PolicySubject.OfGroup::new))
          .or(() -> domain.map(PolicySubject.OfDomain::new))
          .orElseGet(PolicySubject.OfSite::new);
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = {
        "Show what is in force, and whose policy says so.",
        "Without an option: for the site."
      },
      footer = {"", "Example:", "  postern policy show --user alice@example.com"})
  int show(@ArgGroup Whom whom) throws ConfigException {
    return invocation.withStore((store, _) -> {
      show(store, subject(whom));
      return 0;
    });
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Say what new app passwords may be; other rules of the same policy stay.",
        "Without --user, --group or --domain: for the site."
      },
      footer = {
        "",
        "Examples:",
        "  postern policy set --domain example.com --limit 10 --expires-after 365d",
        "  postern policy set --group finance --form argon2id --network 192.0.2.0/24",
        "  postern policy set --user root@example.com --may-create no"
      })
  int set(
      @ArgGroup Whom whom,
      @Option(
              names = "--may-create",
              paramLabel = "yes|no",
              description = "Whether new app passwords may be made at all.")
          Optional<Answer> mayCreate,
      @Option(
              names = "--limit",
              paramLabel = "N",
              description = "Most active ones of a user, 1 to 1000.")
          Optional<Integer> limit,
      @Option(
              names = "--length",
              paramLabel = "N",
              description = "Characters of new ones, 16 to 32.")
          Optional<Integer> length,
      @Option(names = "--form", paramLabel = "FORM", description = "keyed or argon2id.")
          Optional<StorageForm> form,
      @Option(
              names = "--for",
              paramLabel = "PURPOSE",
              description = "What new ones may be for: read-send, send, or read.")
          Optional<Purpose> purpose,
      @Option(
              names = "--scope",
              paramLabel = "PROTOCOL",
              description = "The same by protocol: imap, submission, pop3; may be repeated.")
          Set<Scope> scopes,
      @Option(
              names = "--network",
              paramLabel = "CIDR",
              description = "New ones may be used from there alone; may be repeated.")
          List<Cidr> networks,
      @Option(names = "--any-network", description = "New ones may be used from anywhere.")
          boolean isAnyNetwork,
      @Option(
              names = "--expires-after",
              paramLabel = "DURATION",
              description = "Longest life of new ones, such as 365d, or never.")
          Optional<Lifetime> expiresAfter,
      @Option(
              names = "--idle-expires-after",
              paramLabel = "DURATION",
              description = "Longest time that new ones may be unused, or never.")
          Optional<Lifetime> idleExpiresAfter,
      @Option(
              names = "--unused-expires-after",
              paramLabel = "DURATION",
              description = "Ends those never used at all for that long, or never.")
          Optional<Lifetime> unusedExpiresAfter)
      throws ConfigException {
    if (isAnyNetwork && networks != null) {
      throw usage("set", "--any-network cannot go with --network");
    }
    if (purpose.isPresent() && scopes != null) {
      throw usage("set", "--for cannot go with --scope");
    }
    PolicyRules rules =
        new PolicyRules(
            mayCreate.map(Answer::isYes),
            limit,
            length,
            form,
            purpose.map(Purpose::scopes).or(() -> Optional.ofNullable(scopes)),
            isAnyNetwork ? Optional.of(List.of()) : Optional.ofNullable(networks),
            expiresAfter,
            idleExpiresAfter,
            unusedExpiresAfter);
    if (rules.equals(PolicyRules.NONE)) {
      throw usage("set", "give at least one rule, such as --limit 10");
    }
    return invocation.withStore((store, _) -> {
      PolicyRules _ = store.policies().set(subject(whom), rules, invocation.actor());
      show(store, subject(whom));
      return 0;
    });
  }

  @Command(
      name = "clear",
      mixinStandardHelpOptions = true,
      description = {
        "Drop a policy, or some of its rules: for those the next wider one applies.",
        "Without --user, --group or --domain: that of the site, so that the configuration applies."
      },
      footer = {
        "",
        "Examples:",
        "  postern policy clear --group finance",
        "  postern policy clear --group finance --rule limit --rule idle-expires-after"
      })
  int clear(
      @ArgGroup Whom whom,
      @Option(
              names = "--rule",
              paramLabel = "RULE",
              description =
                  "Only this rule, by the name of its option in 'policy set', such as limit; may be"
                      + " repeated.")
          Set<PolicyRules.Name> rules)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      if (rules == null) {
        store.policies().clear(subject(whom), invocation.actor());
      } else {
        PolicyRules _ = store.policies().clear(subject(whom), rules, invocation.actor());
      }
      show(store, subject(whom));
      return 0;
    });
  }

  private static PolicySubject subject(Whom whom) {
    return whom == null ? new PolicySubject.OfSite() : whom.subject();
  }

  private void show(Store store, PolicySubject subject) {
    AppPasswordPolicy policy = store.policies().inForce(subject);
    ObjectNode json = Output.object().put("subject", subject.kind()).put("name", subject.name());
    json.setAll(PolicyView.json(policy));
    invocation
        .output()
        .result(json, "Policy of the " + subject.words() + ":\n" + PolicyViews.table(policy));
  }

  private ParameterException usage(String command, String message) {
    return new ParameterException(
        java.util.Objects.requireNonNull(spec.subcommands().get(command)), message);
  }
}
