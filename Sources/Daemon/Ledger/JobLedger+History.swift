internal import Foundation
internal import GRDB

/// What the ledger answers about songs it has seen.
extension JobLedger {
  /// Jobs of each state.
  package func counts() throws(DaemonError) -> [JobState: Int] {
    try read { database in
      var counts: [JobState: Int] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT state, count(*) AS n FROM job GROUP BY 1")
      {
        counts[JobState(rawValue: row["state"])!] = row["n"]
      }
      return counts
    }
  }

  /// Waiting jobs without these.
  package func queueLength(except jobs: Set<Int64>) throws(DaemonError) -> Int {
    try read { database in
      let all = try Int.fetchOne(
        database, sql: "SELECT count(*) FROM job WHERE state = 'queued'")
      var length = all ?? 0
      for job in jobs {
        let waits = try Bool.fetchOne(
          database, sql: "SELECT state = 'queued' FROM job WHERE id = ?", arguments: [job])
        if waits == true { length -= 1 }
      }
      return length
    }
  }

  /// The finished job with this key whose chart is the newest.
  package func converted(_ key: JobKey) throws(DaemonError) -> Job? {
    try finished(key, state: .done)
  }

  /// The refused job with this key.
  package func refused(_ key: JobKey) throws(DaemonError) -> Job? {
    try finished(key, state: .failed)
  }

  private func finished(_ key: JobKey, state: JobState) throws(DaemonError) -> Job? {
    try read { database in
      try Row.fetchOne(
        database,
        sql: """
          SELECT * FROM job WHERE content = ? AND model = ? AND options = ? AND state = ?
          ORDER BY finished DESC, id DESC LIMIT 1
          """, arguments: [Data(key.content), key.model, key.options, state.rawValue]
      ).map(Job.init(row:))
    }
  }

  /// All jobs in these states.
  package func ended(_ states: [JobState]) throws(DaemonError) -> [Job] {
    try read { database in
      try states.flatMap { state in
        try Row.fetchAll(
          database, sql: "SELECT * FROM job WHERE state = ? ORDER BY id",
          arguments: [state.rawValue]
        ).map(Job.init(row:))
      }
    }
  }

  /// Queues an ended job again, its file as it lies there now.
  ///
  /// - Returns: false where it had not ended.
  package func retry(_ job: Int64, stamp: FileStamp) throws(DaemonError) -> Bool {
    try write { database in
      let values = stamp.arguments.merging(["id": job]) { $1 }
      try database.execute(
        sql: """
          UPDATE job SET state = 'queued', attempts = 0, deaths = 0, stage = NULL, reason = NULL,
            finished = NULL, device = :device, inode = :inode, size = :size,
            modified = :modified, changed = :changed
          WHERE id = :id AND state IN ('done', 'failed')
          """, arguments: StatementArguments(values))
      return database.changesCount == 1
    }
  }

  /// Gives up a waiting job.
  ///
  /// - Returns: false where it does not wait.
  package func cancel(_ job: Int64, reason: String, at now: Double) throws(DaemonError) -> Bool {
    try write { database in
      try database.execute(
        sql: """
          UPDATE job SET state = 'failed', stage = 'cancel', reason = ?, finished = ?
          WHERE id = ? AND state = 'queued'
          """, arguments: [reason, now, job])
      return database.changesCount == 1
    }
  }

  /// The jobs that ended last, the latest first.
  package func recent(limit: Int) throws(DaemonError) -> [Job] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM job WHERE state IN ('done', 'failed')
          ORDER BY finished DESC, id DESC LIMIT ?
          """, arguments: [limit]
      ).map(Job.init(row:))
    }
  }
}
