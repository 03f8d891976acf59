internal import GRDB
internal import Glibc

/// The memory of the daemon: one row per song file that was ever taken, in SQLite. Every change is on
/// the disk before it returns (WAL with `synchronous=FULL`: NORMAL may lose the last commits when the
/// power goes), so that after any crash the ledger says what was begun.
package final class JobLedger: Sendable {
  /// Readers of their own, so that who asks for the status does not wait for ten thousand new rows.
  private let database: DatabasePool

  /// Opens the ledger, made where it is missing. One that cannot be read is moved aside: songs are
  /// converted again rather than never.
  ///
  /// - Returns: the ledger, and the name under which a damaged one was kept.
  package static func open(
    at path: BytePath
  ) throws(DaemonError) -> (ledger: JobLedger, damaged: BytePath?) {
    do {
      return (try JobLedger(path), nil)
    } catch {
      guard Files.exists(path), isDamage(error) else { throw .ledger("\(error)") }
    }
    let aside = path.parent.appending(path.lastComponent + Array(".damaged-\(time(nil))".utf8))
    for suffix in ["", "-wal", "-shm"] {
      let file = BytePath(path.bytes + Array(suffix.utf8))
      guard Files.exists(file) else { continue }
      _ = try Files.renameNew(file, to: BytePath(aside.bytes + Array(suffix.utf8)))
    }
    do {
      return (try JobLedger(path), aside)
    } catch {
      throw .ledger("\(error)")
    }
  }

  private static func isDamage(_ error: any Error) -> Bool {
    guard let error = error as? DatabaseError else { return false }
    return [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT]
      .contains(error.resultCode)
  }

  private init(_ path: BytePath) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 3
    database = try DatabasePool(path: path.description, configuration: configuration)
    // A pool uses WAL by itself, but with NORMAL.
    try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    try database.read { database in
      let answer = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
      guard answer == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    }
    var migrator = DatabaseMigrator()
    migrator.registerMigration("jobs") { try $0.execute(sql: Self.schema) }
    migrator.registerMigration("deaths") {
      try $0.execute(sql: "ALTER TABLE job ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0")
    }
    try migrator.migrate(database)
  }

  /// Paths are BLOBs: they are bytes. `location` is where the song file lies now; `present` says that
  /// this is still its place in the inbox. Rows of sources that left stay as history, and to know
  /// their content again.
  private static let schema = """
    CREATE TABLE job (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      inbox BLOB NOT NULL,
      path BLOB NOT NULL,
      location BLOB NOT NULL,
      device INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      size INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      changed INTEGER NOT NULL,
      present INTEGER NOT NULL DEFAULT 1,
      state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
      attempts INTEGER NOT NULL DEFAULT 0,
      content BLOB,
      model TEXT,
      options TEXT,
      folder BLOB,
      stage TEXT,
      reason TEXT,
      report TEXT,
      queued REAL NOT NULL,
      finished REAL
    );
    CREATE UNIQUE INDEX job_source ON job (inbox, path) WHERE present = 1;
    CREATE INDEX job_state ON job (state, id);
    CREATE INDEX job_content ON job (content) WHERE content IS NOT NULL;
    """

  /// How SQLite waits for the disk: 2 is FULL.
  package func synchronousMode() throws(DaemonError) -> Int? {
    do {
      return try database.writeWithoutTransaction {
        try Int.fetchOne($0, sql: "PRAGMA synchronous")
      }
    } catch { throw Self.translated(error) }
  }

  // MARK: - Access

  /// Runs `body` in one transaction that takes the write lock at its beginning.
  func write<Value: Sendable>(
    _ body: @Sendable (Database) throws -> Value
  ) throws(DaemonError) -> Value {
    do {
      return try database.writeWithoutTransaction { database in
        var value: Value?
        try database.inTransaction(.immediate) {
          value = try body(database)
          return .commit
        }
        return value!
      }
    } catch { throw Self.translated(error) }
  }

  func read<Value: Sendable>(
    _ body: @Sendable (Database) throws -> Value
  ) throws(DaemonError) -> Value {
    do { return try database.read(body) } catch { throw Self.translated(error) }
  }

  /// A full or failing disk is told as what it is, so that it counts as passing.
  private static func translated(_ error: any Error) -> DaemonError {
    if let error = error as? DaemonError { return error }
    guard let error = error as? DatabaseError else { return .ledger("\(error)") }
    switch error.resultCode {
    case .SQLITE_FULL: return .system("write the job ledger", nil, code: ENOSPC)
    case .SQLITE_IOERR, .SQLITE_CANTOPEN: return .system("write the job ledger", nil, code: EIO)
    case .SQLITE_READONLY: return .system("write the job ledger", nil, code: EROFS)
    case .SQLITE_NOMEM: return .system("write the job ledger", nil, code: ENOMEM)
    case .SQLITE_BUSY: return .system("write the job ledger", nil, code: EAGAIN)
    default: return .ledger(error.message ?? "\(error)")
    }
  }
}
