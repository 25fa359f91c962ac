package dev.postern.store.sql;

import dev.postern.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** How one kind of database is connected to. */
interface Connections {
  Dialect dialect();

  /** Connections for reading; for writing too where {@link #writing()} is the same. */
  DataSource reading();

  /** Connections for transactions that change something. */
  DataSource writing();

  /** Most connections of {@link #writing()} at a time. */
  int writers();

  /** One connection outside of any pool; the caller closes it. */
  Connection direct() throws SQLException;

  /**
   * The same for the change feed, which waits on it all the time and must notice within a few
   * seconds that there is nobody at the other end any more.
   */
  Connection impatient() throws SQLException;

  /**
   * Whether connections lead to another database than before: a file that was moved, or that
   * another one was put in the place of. Each time it says yes once.
   */
  boolean isReplaced();

  /** Says in one line what is wrong and what to do; without bound values. */
  StoreException explain(SQLException failure);
}
