internal import Transcription

/// Endless training examples, rendered when asked for. Example `i` depends on the settings, the seed
/// and `i` only; any number of threads may ask at once.
package final class ExampleStream: Sendable {
  package enum Role: Sendable {
    /// Training performances, songs and kits.
    case training
    /// Validation performances and songs on held-out kits: none of it is ever trained on.
    case validation
  }

  package let settings: StreamSettings
  package let kits: KitLibrary
  package let library: AccompanimentLibrary
  private let seed: UInt64
  private let played: [Performance]
  private let charts: [Performance]
  private let mastering: Mastering

  package init(settings: StreamSettings, seed: UInt64, role: Role = .training) throws {
    self.settings = settings
    self.seed = seed
    kits = try KitLibrary(settings: settings, heldOut: role == .validation)
    let split: MIDIPerformances.Split = role == .training ? .train : .validation
    var played: [Performance] = []
    var charts: [Performance] = []
    for folder in settings.performances {
      let loaded = try MIDIPerformances.load(folder: folder, split: split)
      for performance in loaded where performance.hits.count > 8 {
        if case .chart = performance.origin {
          charts.append(performance)
        } else {
          played.append(performance)
        }
      }
    }
    self.played = played
    self.charts = charts
    // Every tenth song, counted by name so that no change of order moves one, is for validation.
    let songs = AccompanimentSong.load(folders: settings.songs).filter {
      ($0.name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff } % 10 == 0) == (role == .validation)
    }
    library = AccompanimentLibrary(
      songs: songs, soundfonts: settings.soundfonts, count: settings.accompaniments,
      seconds: settings.accompanimentSeconds, seed: 1, cacheFolder: settings.accompanimentCache)
    mastering = Mastering(
      reverb: try Reverb(folder: settings.impulseResponses),
      lowPassProbability: settings.lowPassProbability)
  }

  /// Example `index`, any number from 0 on.
  package func example(_ index: Int) throws -> TrainingExample {
    var generator = SeededGenerator(seed: seed, index: index)
    let plan = plan(index, using: &generator)
    let seconds = settings.seconds
    let kit = VirtualKit(
      mixing: kits.kits, weights: kits.weights, spread: settings.augments ? 1 : 0,
      using: &generator)
    var audio = [Float](repeating: 0, count: Int(seconds * 44_100))
    DrumRenderer.render(plan.hits, kit: kit, into: &audio, using: &generator)
    if settings.augments && !plan.hits.isEmpty { mastering.treatDrums(&audio, using: &generator) }
    if let music = plan.music {
      Mixer.add(
        try library.audio(music.entry), from: music.start, to: &audio,
        drumsOver: plan.balance)
    }
    if settings.augments { mastering.treatMix(&audio, using: &generator) }
    return TrainingExample(
      audio: audio, onsets: Labels.onsets(of: plan.hits, seconds: seconds), beats: plan.beats)
  }

  /// What an example is made of, before any sound.
  private struct Plan {
    var hits: [TimedHit] = []
    var beats: [Beat] = []
    var music: (entry: Int, start: Double)?
    /// Decibels of the drums over the music.
    var balance = 0.0
  }

  /// Seconds before the window whose strokes may still ring in it.
  private static let preroll = 4.0

  private func plan(_ index: Int, using generator: inout SeededGenerator) -> Plan {
    var plan = Plan()
    let seconds = settings.seconds
    let drumless = generator.chance(settings.drumlessShare)
    let mixed = generator.chance(drumless ? 0.9 : settings.mixShare) && !library.entries.isEmpty
    plan.balance = generator.uniform(settings.quietestDrums, settings.loudestDrums)
    var source = Source(using: &generator, settings: settings)
    var grid: BeatGrid
    var start: Double
    if mixed {
      let entry = pickEntry(index, needsDrums: source == .song, using: &generator)
      let song = library.entries[entry]
      start = generator.uniform(0, max(0, song.seconds - seconds))
      grid = song.grid
      plan.music = (entry, start)
      if generator.chance(settings.unrelatedShare), source != .song {
        grid = ownGrid(source, using: &generator)
        start = generator.uniform(0, 20)
      }
    } else {
      if source == .song { source = .pattern }
      grid = ownGrid(source, using: &generator)
      start = generator.uniform(0, max(1, grid.times[grid.count - 1] - seconds))
    }
    if mixed || !drumless { plan.beats = grid.beats(from: start, seconds: seconds) }
    let from = grid.beat(at: start - Self.preroll)
    let to = grid.beat(at: start + seconds)
    var isWritten = true
    if !drumless {
      let (hits, origin) = strokes(
        source, on: grid, from: from, to: to, entry: plan.music?.entry, using: &generator)
      let varied = PerformanceVariation.vary(hits, origin: origin, using: &generator)
      plan.hits = Self.timed(varied, grid: grid, start: start)
      if case .played = origin { isWritten = false }
    }
    if isWritten { plan.hits = PerformanceVariation.humanised(plan.hits, using: &generator) }
    if generator.chance(settings.confuserShare) {
      let confusers = PerformanceVariation.confusers(from: from, to: to, using: &generator)
      plan.hits += Self.timed(confusers, grid: grid, start: start)
      plan.hits.sort { $0.time < $1.time }
    }
    return plan
  }

  private static func timed(
    _ hits: [PerformedHit], grid: BeatGrid, start: Double
  ) -> [TimedHit] {
    hits.map {
      TimedHit(
        time: grid.time(at: $0.beat) - start, articulation: $0.articulation,
        velocity: $0.velocity, variant: $0.variant)
    }.sorted { $0.time < $1.time }
  }

  /// Where the strokes come from.
  private enum Source {
    case played, chart, song, pattern

    init(using generator: inout SeededGenerator, settings: StreamSettings) {
      let all: [Source] = [.played, .chart, .song, .pattern]
      self =
        all[
          generator.weighted([
            settings.playedShare, settings.chartShare, settings.songShare, settings.patternShare,
          ])]
    }
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
    if pool.isEmpty {
      return BeatGrid(
        beatsPerMinute: generator.logUniform(60, 210),
        beatsPerBar: generator.pick([4, 4, 4, 4, 4, 3, 3, 5, 6, 7]), seconds: 60)
    }
    return generator.pick(pool).grid.stretched(by: generator.uniform(0.82, 1.2))
  }
}

extension ExampleStream {
  /// Strokes for a range of beats of a grid, from the wanted source where its bars and tempo fit,
  /// else invented.
  private func strokes(
    _ source: Source, on grid: BeatGrid, from: Double, to: Double, entry: Int?,
    using generator: inout SeededGenerator
  ) -> (hits: [PerformedHit], origin: Performance.Origin) {
    switch source {
    case .song:
      if let entry, !library.entries[entry].drums.hits.isEmpty {
        return (Array(library.entries[entry].drums.hits(from: from, to: to)), .song)
      }
    case .played, .chart:
      let pool = source == .played ? played : charts
      let origin: Performance.Origin = source == .played ? .played : .chart
      for _ in 0..<24 where !pool.isEmpty {
        let performance = generator.pick(pool)
        if let hits = fitted(performance, on: grid, from: from, to: to, using: &generator) {
          return (hits, origin)
        }
      }
    case .pattern: break
    }
    return (PatternGenerator.hits(on: grid, from: from, to: to, using: &generator), .song)
  }

  /// A passage of a performance whose bars agree with the grid's, moved onto its beats, or `nil`.
  private func fitted(
    _ performance: Performance, on grid: BeatGrid, from: Double, to: Double,
    using generator: inout SeededGenerator
  ) -> [PerformedHit]? {
    let own = performance.grid
    let first = max(0, Int(from.rounded(.up)))
    let last = min(grid.count - 1, Int(to))
    guard last > first, let anchor = (first...last).first(where: { grid.positions[$0] == 1 })
    else { return nil }
    // A passage that begins at or before the performance's last stroke less the window.
    let latest = own.beat(at: performance.seconds) - (to - from) * 0.8
    let lines = own.positions.indices.filter {
      own.positions[$0] == 1 && Double($0) <= max(1, latest)
    }
    guard !lines.isEmpty else { return nil }
    let offset = generator.pick(lines) - anchor
    let begin = max(first, -offset)
    let end = min(last, own.count - 1 - offset)
    guard end - begin >= max(4, (last - first) / 2),
      grid.agrees(with: own, offset: offset, range: begin...end)
    else { return nil }
    let middle = Double((begin + end) / 2)
    let ratio = own.beatLength(at: middle + Double(offset)) / grid.beatLength(at: middle)
    guard (0.7...1.4).contains(ratio) else { return nil }
    let hits = performance.hits(from: from + Double(offset), to: to + Double(offset))
    guard hits.count >= 4 else { return nil }
    return hits.map {
      var hit = $0
      hit.beat -= Double(offset)
      return hit
    }
  }
}
