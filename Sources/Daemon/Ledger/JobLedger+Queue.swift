internal import Foundation
internal import GRDB

/// The queue: what is found becomes rows, and rows become conversions.
extension JobLedger {
  /// What is known of the files that lie in an inbox.
  package func known(in inbox: BytePath) throws(DaemonError) -> [BytePath: KnownFile] {
    try read { database in
      var known: [BytePath: KnownFile] = [:]
      let rows = try Row.fetchCursor(
        database, sql: "SELECT * FROM job WHERE inbox = ? AND present = 1",
        arguments: [inbox.data])
      while let row = try rows.next() {
        known[BytePath(row["path"] as Data)] = KnownFile(
          job: row["id"], state: JobState(rawValue: row["state"])!, stamp: FileStamp(row: row))
      }
      return known
    }
  }

  /// Carries out those actions that concern the ledger alone, all or none.
  ///
  /// - Returns: the new jobs.
  @discardableResult
  package func apply(
    _ actions: [InboxAction], inbox: BytePath, at now: Double
  ) throws(DaemonError) -> [Int64] {
    try write { database in
      var new: [Int64] = []
      for action in actions {
        switch action {
        case .enqueue(let file):
          try database.execute(
            sql: "UPDATE job SET present = 0 WHERE inbox = ? AND path = ? AND present = 1",
            arguments: [inbox.data, file.path.data])
          let values = file.stamp.arguments.merging([
            "inbox": inbox.data, "path": file.path.data, "now": now,
            "location": inbox.appending(file.path).data,
          ]) { $1 }
          try database.execute(
            sql: """
              INSERT INTO job (inbox, path, location, device, inode, size, modified, changed,
                state, queued)
              VALUES (:inbox, :path, :location, :device, :inode, :size, :modified, :changed,
                'queued', :now)
              """, arguments: StatementArguments(values))
          new.append(database.lastInsertedRowID)
        case .renew(let job, let file):
          let values = file.stamp.arguments.merging(["id": job]) { $1 }
          try database.execute(
            sql: """
              UPDATE job SET device = :device, inode = :inode, size = :size, modified = :modified,
                changed = :changed, attempts = 0, deaths = 0
              WHERE id = :id AND state = 'queued'
              """, arguments: StatementArguments(values))
        case .forget(let job):
          try database.execute(
            sql: "DELETE FROM job WHERE id = ? AND state = 'queued'", arguments: [job])
          try database.execute(
            sql: "UPDATE job SET present = 0 WHERE id = ? AND state IN ('done', 'failed')",
            arguments: [job])
        case .finish, .quarantine: break
        }
      }
      return new
    }
  }

  /// Puts the jobs that a dead daemon left running back into the queue. Its death is counted for
  /// them instead of an attempt: a song that kills the daemon itself is given up in the end, one that
  /// happened to be in work when the power failed is not.
  ///
  /// - Returns: those jobs, as they are now but still called running.
  package func recover() throws(DaemonError) -> [Job] {
    try write { database in
      try database.execute(
        sql: """
          UPDATE job SET deaths = deaths + 1, attempts = max(0, attempts - 1)
          WHERE state = 'running'
          """)
      let jobs = try Row.fetchAll(database, sql: "SELECT * FROM job WHERE state = 'running'")
        .map(Job.init(row:))
      try database.execute(sql: "UPDATE job SET state = 'queued' WHERE state = 'running'")
      return jobs
    }
  }

  /// The waiting jobs that came first.
  ///
  /// - Parameter inboxes: jobs of others are left out: nobody said what to do with them.
  package func queued(
    limit: Int, except: Set<Int64> = [], inboxes: [BytePath]? = nil
  ) throws(DaemonError) -> [Job] {
    try read { database in
      let places = inboxes.map { Set($0.map(\.data)) }
      let rows = try Row.fetchCursor(
        database, sql: "SELECT * FROM job WHERE state = 'queued' ORDER BY id")
      var jobs: [Job] = []
      while jobs.count < limit, let row = try rows.next() {
        if except.contains(row["id"]) { continue }
        if let places, !places.contains(row["inbox"]) { continue }
        jobs.append(Job(row: row))
      }
      return jobs
    }
  }

  package func job(_ id: Int64) throws(DaemonError) -> Job? {
    try read { database in
      try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
        .map(Job.init(row:))
    }
  }

  /// Marks a waiting job as running, before anything of the file is decoded.
  ///
  /// - Returns: false where the job is not waiting any more, or the same bytes are being converted.
  package func begin(_ job: Int64, key: JobKey) throws(DaemonError) -> Bool {
    try write { database in
      try database.execute(
        sql: """
          UPDATE job SET state = 'running', attempts = attempts + 1, content = ?, model = ?,
            options = ?, folder = NULL, stage = NULL, reason = NULL
          WHERE id = ? AND state = 'queued'
            AND NOT EXISTS (SELECT 1 FROM job WHERE content = ? AND state = 'running')
          """,
        arguments: [Data(key.content), key.model, key.options, job, Data(key.content)])
      return database.changesCount == 1
    }
  }

  /// Puts a running job back into the queue.
  ///
  /// - Parameter countingAttempt: false where the song is not to blame.
  package func requeue(_ job: Int64, countingAttempt: Bool) throws(DaemonError) {
    try write { database in
      try database.execute(
        sql: """
          UPDATE job SET state = 'queued', attempts = max(0, attempts - ?)
          WHERE id = ? AND state = 'running'
          """, arguments: [countingAttempt ? 0 : 1, job])
    }
  }

  /// Puts back running jobs that nobody works on: the write that was to end them failed.
  package func requeueOrphans(except running: Set<Int64>) throws(DaemonError) {
    let orphans = try read { database in
      try Int64.fetchAll(database, sql: "SELECT id FROM job WHERE state = 'running'")
    }
    for orphan in orphans where !running.contains(orphan) {
      try requeue(orphan, countingAttempt: false)
    }
  }

  /// Takes a waiting job out: its song is gone.
  package func withdraw(_ job: Int64) throws(DaemonError) {
    try write { database in
      try database.execute(
        sql: "DELETE FROM job WHERE id = ? AND state = 'queued'", arguments: [job])
    }
  }

  /// Notes under which name the chart is about to be published.
  package func publishing(_ job: Int64, folder: [UInt8]) throws(DaemonError) {
    try write { database in
      try database.execute(
        sql: "UPDATE job SET folder = ? WHERE id = ?", arguments: [Data(folder), job])
    }
  }

  /// The chart is in the outbox.
  ///
  /// - Parameter note: for people, for instance that it is another job's chart.
  package func done(
    _ job: Int64, folder: [UInt8], report: String? = nil, note: String? = nil, at now: Double
  ) throws(DaemonError) {
    try write { database in
      try database.execute(
        sql: """
          UPDATE job SET state = 'done', folder = ?, report = ?, stage = NULL, reason = ?,
            finished = ?
          WHERE id = ?
          """, arguments: [Data(folder), report, note, now, job])
    }
  }

  package func fail(
    _ job: Int64, stage: String, reason: String, at now: Double
  ) throws(DaemonError) {
    try write { database in
      try database.execute(
        sql: """
          UPDATE job SET state = 'failed', stage = ?, reason = ?, folder = NULL, finished = ?
          WHERE id = ?
          """, arguments: [stage, reason, now, job])
    }
  }

  /// The song file was moved, or found gone (`nil`).
  package func moved(_ job: Int64, to location: BytePath?, stamp: FileStamp?)
    throws(DaemonError)
  {
    try write { database in
      var values = stamp?.arguments ?? [:]
      values["id"] = job
      values["location"] = location?.data
      let stamps =
        stamp == nil
        ? ""
        : """
        , device = :device, inode = :inode, size = :size, modified = :modified, changed = :changed
        """
      try database.execute(
        sql: """
          UPDATE job SET present = 0, location = coalesce(:location, location)\(stamps)
          WHERE id = :id
          """, arguments: StatementArguments(values))
    }
  }
}
