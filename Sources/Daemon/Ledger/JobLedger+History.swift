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
