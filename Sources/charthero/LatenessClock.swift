import ChartFormat
import Foundation
import Transcription

/// How late hits are told: in the song (how much more of it had come) and by the wall (how long ago
/// their sound had come).
struct LatenessClock {
  private let sampleRate: Double
  private let clock = ContinuousClock()
  /// When the audio up to each frame had come, the last half minute of it.
  private var arrivals: [(end: Int, at: ContinuousClock.Instant)] = []
  private var frames = 0
  private var busy = Duration.zero
  private var start: ContinuousClock.Instant?
  private var hasEnded = false
  /// Seconds, of every hit that was told before the end.
  private var inSong: [Double] = []
  private var byWall: [Double] = []

  private static let memory = 30.0

  init(sampleRate: Int) { self.sampleRate = Double(sampleRate) }

  /// More audio has come.
  mutating func arrived(_ count: Int) {
    frames += count
    let now = clock.now
    start = start ?? now
    arrivals.append((frames, now))
    if arrivals.count > 10_000 {
      let limit = frames - Int(Self.memory * sampleRate)
      arrivals.removeAll { $0.end < limit }
    }
  }

  /// No more will come: what is told from now on is not waited for.
  mutating func end() { hasEnded = true }

  /// Counts the time that some work takes.
  mutating func measure<Value, Failure: Error>(
    _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let begun = clock.now
    defer { busy += clock.now - begun }
    return try work()
  }

  /// Seconds since the sound of a hit came; `nil` once the audio has ended.
  mutating func lateness(of hit: Onset) -> Double? {
    guard !hasEnded else { return nil }
    inSong.append(Double(frames) / sampleRate - hit.time)
    let frame = Int(hit.time * sampleRate)
    guard let arrival = arrivals.first(where: { $0.end > frame }) else { return nil }
    let seconds = (clock.now - arrival.at) / .seconds(1)
    byWall.append(seconds)
    return seconds
  }

  /// - Parameter hits: How many there were in all.
  func summary(hits: Int, asJSON: Bool) -> String {
    let seconds = Double(frames) / sampleRate
    let elapsed = start.map { (clock.now - $0) / .seconds(1) } ?? 0
    let work = busy / .seconds(1)
    func figures(_ values: [Double]) -> (median: String, most: String) {
      let sorted = values.sorted()
      return (
        Figures.decimal(sorted.isEmpty ? 0 : sorted[sorted.count / 2], 3),
        Figures.decimal(sorted.last ?? 0, 3)
      )
    }
    let (song, wall) = (figures(inSong), figures(byWall))
    guard asJSON else {
      return "\(hits) hits in \(Figures.decimal(seconds, 1)) s; told \(song.median) s after their "
        + "sound in the song (at most \(song.most)), \(wall.median) s by the clock (at most "
        + "\(wall.most)); \(Figures.decimal(work, 1)) s of work in \(Figures.decimal(elapsed, 1)) s"
    }
    return "{\"hits\":\(hits),\"seconds\":\(Figures.decimal(seconds, 3)),"
      + "\"late_in_song\":{\"median\":\(song.median),\"most\":\(song.most)},"
      + "\"late_by_clock\":{\"median\":\(wall.median),\"most\":\(wall.most)},"
      + "\"work\":\(Figures.decimal(work, 3)),\"elapsed\":\(Figures.decimal(elapsed, 3))}"
  }
}
