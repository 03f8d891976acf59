/// How an attempt at a song ended.
package enum Outcome: Hashable, Sendable {
  /// Its chart is in the outbox, in this folder.
  case published(folder: [UInt8], WorkerReport)
  /// Another job made the chart of the same bytes.
  case duplicate(of: Int64, folder: [UInt8])
  /// Somebody is still writing it, or it changed: to be looked at again after some seconds.
  case unfinished(wait: Double)
  /// It is not there any more.
  case vanished
  /// The song is to blame.
  case refused(stage: String, reason: String)
  /// The worker died over it.
  case crashed(reason: String)
  /// The world is to blame.
  case hindered(stage: String, reason: String)
  /// We were told to stop.
  case stopped
}
