internal import DrumNet
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
  package let recordings: RecordedMusic
  package let prepared: [PreparedCorpus]
  private let seed: UInt64
  private let composer: Composer
  private let mastering: Mastering

  package convenience init(
    settings: StreamSettings, seed: UInt64, role: Role = .training
  ) throws {
    let split: MIDIPerformances.Split = role == .training ? .train : .validation
    let songs = AccompanimentSong.load(folders: settings.songs).filter {
      $0.isHeldOut == (role == .validation)
    }
    self.init(
      settings: settings, seed: seed,
      kits: try KitLibrary(settings: settings, heldOut: role == .validation),
      performances: try settings.performances.flatMap {
        try MIDIPerformances.load(folder: $0, split: split)
      },
      library: AccompanimentLibrary(
        songs: songs, soundfonts: settings.soundfonts, count: settings.accompaniments,
        seconds: settings.accompanimentSeconds, seed: 1, cacheFolder: settings.accompanimentCache),
      recordings: try RecordedMusic(paths: settings.recordings, role: role),
      prepared: try settings.prepared.map {
        try PreparedCorpus(folder: $0, roles: [role == .training ? .training : .validation])
      },
      reverb: try Reverb(folder: settings.impulseResponses))
  }

  /// A stream over what is in memory already: kits, performances (charts and others) and music.
  package init(
    settings: StreamSettings, seed: UInt64, kits: KitLibrary, performances: [Performance],
    library: AccompanimentLibrary, recordings: RecordedMusic = RecordedMusic(recordings: []),
    prepared: [PreparedCorpus] = [], reverb: Reverb
  ) {
    self.settings = settings
    self.seed = seed
    self.kits = kits
    self.library = library
    var played: [Performance] = []
    var charts: [Performance] = []
    for performance in performances where performance.hits.count > 8 {
      if case .chart = performance.origin {
        charts.append(performance)
      } else {
        played.append(performance)
      }
    }
    composer = Composer(
      settings: settings, played: played, charts: charts, library: library, recordings: recordings)
    self.recordings = recordings
    self.prepared = prepared.filter { $0.seconds > 0 }
    mastering = Mastering(reverb: reverb, lowPassProbability: settings.lowPassProbability)
  }

  /// Example `index`, any number from 0 on.
  package func example(_ index: Int) throws -> TrainingExample {
    var generator = SeededGenerator(seed: seed, index: index)
    if !prepared.isEmpty, generator.chance(settings.preparedShare) {
      return try recorded(index, using: &generator)
    }
    let plan = composer.plan(index, using: &generator)
    let seconds = settings.seconds
    let kit = VirtualKit(
      mixing: kits.kits, weights: kits.weights, spread: settings.augments ? 1 : 0,
      using: &generator)
    var audio = [Float](repeating: 0, count: Int(seconds * 44_100))
    renderDrums(plan.hits, kit: kit, into: &audio, using: &generator)
    if let music = plan.music {
      try add(music, of: plan, to: &audio, using: &generator)
    }
    try finish(&audio, using: &generator)
    return TrainingExample(
      audio: audio, onsets: Labels.onsets(of: plan.hits, seconds: seconds), beats: plan.beats)
  }

  /// A stretch of a real recording. Drums alone get other music under them as often as rendered ones
  /// do; its beat is another, so beats are then not learned.
  private func recorded(
    _ index: Int, using generator: inout SeededGenerator
  ) throws -> TrainingExample {
    let corpus = prepared[generator.weighted(prepared.map(\.seconds))]
    var (example, drumsOnly) = try corpus.window(seconds: settings.seconds, using: &generator)
    if drumsOnly, !library.entries.isEmpty, generator.chance(settings.mixShare) {
      let (entry, start) = composer.pickMusic(index, using: &generator)
      let song = try library.audio(entry)
      var music = song.excerpt(from: start, count: example.audio.count)
      if settings.augments { mastering.treatMusic(&music, using: &generator) }
      let balance = generator.uniform(settings.quietestDrums, settings.loudestDrums)
      Mixer.add(music, level: song.level, to: &example.audio, drumsOver: balance)
      example.beats = []
    }
    try finish(&example.audio, using: &generator)
    return example
  }

  /// What happens to every finished mix.
  private func finish(
    _ audio: inout [Float], using generator: inout SeededGenerator
  ) throws {
    guard settings.augments else { return }
    mastering.treatMix(&audio, using: &generator)
    if generator.chance(settings.codecShare) {
      try CodecRoundTrip.apply(to: &audio, using: &generator)
    }
  }

  /// The other instruments: a song or a recording, voices, and what is easily taken for drums.
  private func add(
    _ music: Composer.Music, of plan: Composer.Plan, to audio: inout [Float],
    using generator: inout SeededGenerator
  ) throws {
    var excerpt: [Float]
    let level: Float
    switch music {
    case .entry(let entry, let start):
      let song = try library.audio(entry)
      excerpt = song.excerpt(from: start, count: audio.count)
      level = song.level
    case .recording(let stretch):
      (excerpt, level) = recordings.audio(of: stretch, count: audio.count)
    }
    if settings.augments { mastering.treatMusic(&excerpt, using: &generator) }
    if generator.chance(settings.voiceShare) {
      let loudness = level * generator.gain(decibels: -9, 5)
      Voice.add(to: &excerpt, level: loudness, using: &generator)
    }
    if generator.chance(settings.strumShare) {
      GuitarStrums.add(to: &excerpt, pulse: plan.pulse, level: level, using: &generator)
    }
    if generator.chance(settings.shakerShare) {
      HandPercussion.add(to: &excerpt, pulse: plan.pulse, level: level, using: &generator)
    }
    Mixer.add(excerpt, level: level, to: &audio, drumsOver: plan.balance)
  }

  /// Drums through their own channels of a mixing desk: kick, snare, toms, hats, ride, crashes and
  /// percussion.
  private func renderDrums(
    _ hits: [TimedHit], kit: VirtualKit, into audio: inout [Float],
    using generator: inout SeededGenerator
  ) {
    guard settings.augments, !hits.isEmpty else {
      DrumRenderer.render(hits, kit: kit, into: &audio, using: &generator)
      return
    }
    let channels = Dictionary(grouping: hits) { hit in
      switch hit.articulation.drum {
      case .kick: 0
      case .snare: 1
      case .tomHigh, .tomMid, .tomLow: 2
      case .hihat: 3
      case .ride: 4
      case .crash: 5
      case nil: 6
      }
    }
    for (_, hits) in channels.sorted(by: { $0.key < $1.key }) {
      if generator.chance(0.5) {
        var channel = [Float](repeating: 0, count: audio.count)
        DrumRenderer.render(hits, kit: kit, into: &channel, using: &generator)
        mastering.treatChannel(&channel, using: &generator)
        for i in audio.indices { audio[i] += channel[i] }
      } else {
        DrumRenderer.render(hits, kit: kit, into: &audio, using: &generator)
      }
    }
    mastering.treatDrums(&audio, using: &generator)
  }
}
