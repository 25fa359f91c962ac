package dev.postern.store.sql;

import dev.postern.store.StoreException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteOpenMode;

/**
 * One SQLite file. Write-ahead log, so that readers never wait; synced to the disk at every commit;
 * one writer at a time in this process, others wait for it for up to {@value #BUSY_MILLIS} ms.
 */
final class SqliteConnections implements Connections {
  private static final int BUSY_MILLIS = 10_000;

  private final Path file;
  private final SQLiteDataSource reading;
  private final SQLiteDataSource writing;

  /** Tells the file apart from one that is put in its place; nothing if there is none. */
  private volatile Optional<Object> identity;

  private SqliteConnections(Path file) {
    this.file = file;
    this.reading = source(file, SQLiteConfig.TransactionMode.DEFERRED);
    // A transaction that begins as a reader cannot always become a writer: it would fail half-way.
    this.writing = source(file, SQLiteConfig.TransactionMode.IMMEDIATE);
    this.identity = identityNow();
  }

  /** The file of that name; made, for its owner alone, if it is missing and may be made. */
  static SqliteConnections of(Path file, boolean mayCreate) {
    SqliteLibrary.load();
    if (!Files.exists(file)) {
      if (!mayCreate) {
        throw new StoreException(
            "there is no database " + file, "Run 'postern init', or correct store.database.");
      }
      create(file);
    }
    if (!Files.isRegularFile(file)) {
      throw new StoreException(
          "the database " + file + " is not a file", "Correct store.database.");
    }
    if (!Files.isReadable(file) || !Files.isWritable(file)) {
      throw new StoreException(
          "the database " + file + " cannot be read and written by this account",
          "Run as the account that owns it, or correct its permissions.");
    }
    return new SqliteConnections(file);
  }

  @Override
  public Dialect dialect() {
    return Dialect.SQLITE;
  }

  @Override
  public DataSource reading() {
    return reading;
  }

  @Override
  public DataSource writing() {
    return writing;
  }

  @Override
  public int writers() {
    return 1;
  }

  @Override
  public Connection impatient() throws SQLException {
    return direct();
  }

  @Override
  public Connection direct() throws SQLException {
    return reading.getConnection();
  }

  @Override
  public boolean isReplaced() {
    Optional<Object> now = identityNow();
    boolean isReplaced = !now.equals(identity);
    identity = now;
    return isReplaced;
  }

  private Optional<Object> identityNow() {
    try {
      return Optional.ofNullable(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  @Override
  public StoreException explain(SQLException failure) {
    return switch (failure.getErrorCode() & 0xff) {
      case 26 -> // SQLITE_NOTADB
          explained("is not a SQLite database", "Correct store.database.", failure);
      case 11 -> // SQLITE_CORRUPT
          explained("is damaged", "Restore it from a backup.", failure);
      case 5, 6 -> // SQLITE_BUSY, SQLITE_LOCKED
          explained(
              "is kept busy by another process",
              "Try again; end a program that holds a transaction on it open.",
              failure);
      case 8, 14 -> // SQLITE_READONLY, SQLITE_CANTOPEN
          explained(
              "cannot be written",
              "Its folder must be writable too, for the write-ahead log.",
              failure);
      case 13 -> // SQLITE_FULL
          explained("has no room left", "Free space on the disk.", failure);
      case 10 -> // SQLITE_IOERR, which is also what a full disk gives to the write-ahead log
          explained(
              "cannot be read or written as a file",
              "See whether its disk is full, read-only or broken.",
              failure);
      default ->
          explained(
              "gives error " + failure.getErrorCode(), "Check the disk and the file.", failure);
    };
  }

  private StoreException explained(String what, String remedy, SQLException failure) {
    return new StoreException("the database " + file + " " + what, remedy, failure);
  }

  private static void create(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new StoreException(
          "the folder of the database " + file + " does not exist", "Make it first.");
    }
    try {
      Files.createFile(file, ownerOnly(file));
    } catch (FileAlreadyExistsException _) {
      // Another process was faster: it is the same database.
    } catch (IOException e) {
      throw new StoreException(
          "the database " + file + " cannot be made",
          "This account must be able to write into " + folder + ".",
          e);
    }
  }

  /** The log files beside it take their permissions from it. */
  private static FileAttribute<?>[] ownerOnly(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static SQLiteDataSource source(Path file, SQLiteConfig.TransactionMode mode) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_MILLIS);
    config.enforceForeignKeys(true);
    config.setTransactionMode(mode);
    // An empty database in the place of one that is gone would hide that it is gone.
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
    return source;
  }
}
