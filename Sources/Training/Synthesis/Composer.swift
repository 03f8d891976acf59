internal import Transcription

/// Decides what is played in an example: which strokes, on which beats, over which music.
struct Composer: Sendable {
  /// What an example is made of, before any sound.
  struct Plan {
    var hits: [TimedHit] = []
    var beats: [Beat] = []
    var music: Music?
    /// Seconds of all sixteenths, the first on a beat.
    var pulse: [Double] = []
    /// Decibels of the drums over the music.
    var balance = 0.0
  }

  /// What plays along.
  enum Music {
    /// A rendered song, from a time in seconds on.
    case entry(Int, start: Double)
    case recording(RecordedMusic.Excerpt)
  }

  /// Where the strokes come from.
  private enum Source {
    case played, chart, song, pattern
  }

  var settings: StreamSettings
  let played: [Performance]
  let charts: [Performance]
  let library: AccompanimentLibrary
  let recordings: RecordedMusic

  /// Seconds before the window whose strokes may still ring in it.
  private static let preroll = 4.0

  func plan(_ index: Int, using generator: inout SeededGenerator) -> Plan {
    var plan = Plan()
    let seconds = settings.seconds
    let drumless = generator.chance(settings.drumlessShare)
    let hasRecordings = !recordings.recordings.isEmpty
    let mixed =
      generator.chance(drumless ? 0.9 : settings.mixShare)
      && (hasRecordings || !library.entries.isEmpty)
    plan.balance = pickBalance(using: &generator)
    var source = pickSource(using: &generator)
    var grid: BeatGrid
    var start: Double
    var entry: Int?
    // The beats of a recording are not known well enough to be learned.
    var knowsBeats = mixed || !drumless
    if mixed && hasRecordings
      && (library.entries.isEmpty || generator.chance(settings.recordingShare))
    {
      let excerpt = recordings.pick(seconds: seconds, using: &generator)
      plan.music = .recording(excerpt)
      if source == .song { source = .pattern }
      let known = recordings.grid(of: excerpt)
      grid = known ?? ownGrid(source, using: &generator)
      start = known == nil ? generator.uniform(0, 20) : 0
      knowsBeats = false
    } else if mixed {
      let picked = pickEntry(index, needsDrums: source == .song, using: &generator)
      let song = library.entries[picked]
      entry = picked
      start = generator.uniform(0, max(0, song.seconds - seconds))
      grid = song.grid
      plan.music = .entry(picked, start: start)
      if generator.chance(settings.unrelatedShare), source != .song {
        grid = ownGrid(source, using: &generator)
        start = generator.uniform(0, 20)
      }
    } else {
      if source == .song { source = .pattern }
      grid = ownGrid(source, using: &generator)
      start = generator.uniform(0, max(1, grid.times[grid.count - 1] - seconds))
    }
    if knowsBeats { plan.beats = grid.beats(from: start, seconds: seconds) }
    let from = grid.beat(at: start - Self.preroll)
    let to = grid.beat(at: start + seconds)
    plan.pulse = stride(from: from.rounded(.up), to: to, by: 0.25).map { grid.time(at: $0) - start }
    if !drumless {
      plan.hits = strokes(
        source, on: grid, from: from, to: to, entry: entry, start: start, using: &generator)
    }
    if generator.chance(settings.confuserShare) {
      let confusers = PerformanceVariation.confusers(from: from, to: to, using: &generator)
      plan.hits += Self.timed(confusers, grid: grid, start: start)
      plan.hits.sort { $0.time < $1.time }
    }
    return plan
  }

  private static func timed(_ hits: [PerformedHit], grid: BeatGrid, start: Double) -> [TimedHit] {
    hits.map {
      TimedHit(
        time: grid.time(at: $0.beat) - start, articulation: $0.articulation,
        velocity: $0.velocity, variant: $0.variant)
    }.sorted { $0.time < $1.time }
  }

  func pickBalance(using generator: inout SeededGenerator) -> Double {
    let quietest = settings.quietestDrums
    let range = settings.loudestDrums - quietest
    let isBuried = generator.chance(settings.buriedShare)
    return generator.uniform(quietest, quietest + (isBuried ? range / 3 : range))
  }

  private func pickSource(using generator: inout SeededGenerator) -> Source {
    let all: [Source] = [.played, .chart, .song, .pattern]
    return all[
      generator.weighted([
        settings.playedShare, settings.chartShare, settings.songShare, settings.patternShare,
      ])]
  }

  /// A song and a start that leaves room for an example.
  func pickMusic(
    _ index: Int, using generator: inout SeededGenerator
  ) -> (entry: Int, start: Double) {
    let entry = pickEntry(index, needsDrums: false, using: &generator)
    let latest = max(0, library.entries[entry].seconds - settings.seconds)
    return (entry, generator.uniform(0, latest))
  }

  /// The accompaniments that example `index` may draw from: eight at first and one more every 24
  /// examples, so that the first batch does not wait for all to be rendered.
  private func pickEntry(
    _ index: Int, needsDrums: Bool, using generator: inout SeededGenerator
  ) -> Int {
    let available = min(library.entries.count, 8 + index / 24)
    for _ in 0..<12 {
      let entry = generator.index(available)
      if !needsDrums || library.entries[entry].drums.hits.count > 50 { return entry }
    }
    return generator.index(available)
  }

  private func ownGrid(_ source: Source, using generator: inout SeededGenerator) -> BeatGrid {
    let pool: [Performance] =
      switch source {
      case .played: played
      case .chart: charts
      case .song, .pattern: []
      }
    let long = pool.isEmpty ? nil : generator.pick(pool)
    guard let long, long.seconds > settings.seconds else {
      return BeatGrid(
        beatsPerMinute: generator.logUniform(60, 210),
        beatsPerBar: generator.pick([4, 4, 4, 4, 4, 4, 3, 3, 5, 6]), seconds: 60)
    }
    return long.grid.stretched(by: generator.uniform(0.82, 1.2))
  }

  /// Strokes for a range of beats of a grid, in seconds from `start`: passages from the wanted source
  /// whose bars and tempo fit, one after the other, and invented ones where none fits.
  private func strokes(
    _ source: Source, on grid: BeatGrid, from: Double, to: Double, entry: Int?, start: Double,
    using generator: inout SeededGenerator
  ) -> [TimedHit] {
    if source == .song, let entry, !library.entries[entry].drums.hits.isEmpty {
      let hits = Array(library.entries[entry].drums.hits(from: from, to: to))
      let varied = PerformanceVariation.vary(hits, origin: .song, using: &generator)
      return PerformanceVariation.humanised(
        Self.timed(varied, grid: grid, start: start), using: &generator)
    }
    let pool = source == .played ? played : source == .chart ? charts : []
    let origin: Performance.Origin = source == .played ? .played : .chart
    var hits: [PerformedHit] = []
    var cursor = from
    var attempts = 24
    while cursor < to, attempts > 0, !pool.isEmpty {
      attempts -= 1
      let passage = Passage(generator.pick(pool), on: grid, from: cursor, to: to, using: &generator)
      guard let passage else { continue }
      hits += passage.hits
      cursor = passage.end
    }
    let varied = PerformanceVariation.vary(hits, origin: origin, using: &generator)
    var result = Self.timed(varied, grid: grid, start: start)
    if source != .played { result = PerformanceVariation.humanised(result, using: &generator) }
    if cursor < to {
      let invented = PatternGenerator.hits(on: grid, from: cursor, to: to, using: &generator)
      result += PerformanceVariation.humanised(
        Self.timed(invented, grid: grid, start: start), using: &generator)
      result.sort { $0.time < $1.time }
    }
    return result
  }
}
