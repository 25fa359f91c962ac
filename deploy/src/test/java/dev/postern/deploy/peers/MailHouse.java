package dev.postern.deploy.peers;

import java.util.List;

/** A whole small site: Dovecot, Postfix, and a Postern before them. */
record MailHouse(
    PeerFolder folder,
    PeerCertificates certificates,
    DovecotServer dovecot,
    PostfixServer postfix,
    PosternSite site)
    implements AutoCloseable {

  private static final String SQLITE = "  database: \"sqlite:postern.db\"";

  /** In SQLite. */
  static MailHouse open(List<String> users) {
    return open(users, SQLITE);
  }

  /** In SQLite, with {@link PosternSite#andOneDown}. */
  static MailHouse openWithOneDown(List<String> users) {
    return open(users, SQLITE, (upstreams, _, _) -> PosternSite.andOneDown(upstreams));
  }

  /** In SQLite, with {@link PosternSite#andTrusting}. */
  static MailHouse openTrusting(List<String> users) {
    return open(users, SQLITE, PosternSite::andTrusting);
  }

  /** What a site has beside the usual upstreams. */
  private interface More {
    String upstreams(String usual, PeerCertificates certificates, PostfixServer postfix);
  }

  /**
   * Starts the peers and configures Postern, which does not run yet.
   *
   * @param users who has a mailbox
   * @param store where Postern's database is, as lines of its configuration
   */
  static MailHouse open(List<String> users, String store) {
    return open(users, store, (usual, _, _) -> usual);
  }

  private static MailHouse open(List<String> users, String store, More more) {
    PeerFolder folder = PeerFolder.make();
    PeerCertificates certificates = PeerCertificates.make(folder.path());
    DovecotServer dovecot = DovecotServer.start(folder, certificates, users);
    PostfixServer postfix;
    try {
      postfix = PostfixServer.start(folder, certificates, dovecot, users);
    } catch (RuntimeException | AssertionError failure) {
      dovecot.close();
      throw failure;
    }
    String upstreams =
        more.upstreams(
            PosternSite.upstreams(certificates, dovecot, postfix), certificates, postfix);
    PosternSite site = PosternSite.make(folder, certificates, upstreams, store);
    return new MailHouse(folder, certificates, dovecot, postfix, site);
  }

  @Override
  public void close() {
    postfix.close();
    dovecot.close();
    folder.close();
  }
}
