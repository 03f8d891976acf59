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
  private let pace: Curriculum.Pace?

  private static let sampleRate = Double(SampleFile.sampleRate)

  /// - Parameter pace: from easy examples to hard ones; as hard as the settings have it from the
  ///   first on where it is `nil`.
  package convenience init(
    settings: StreamSettings, seed: UInt64, role: Role = .training, pace: Curriculum.Pace? = nil
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
      reverb: try Reverb(folder: settings.impulseResponses), pace: pace)
  }

  /// A stream over what is in memory already: kits, performances (charts and others) and music.
  package init(
    settings: StreamSettings, seed: UInt64, kits: KitLibrary, performances: [Performance],
    library: AccompanimentLibrary, recordings: RecordedMusic = RecordedMusic(recordings: []),
    prepared: [PreparedCorpus] = [], reverb: Reverb, pace: Curriculum.Pace? = nil
  ) {
    self.settings = settings
    self.pace = pace
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
    return try render(plan(index, using: &generator), using: &generator)
  }

  /// Examples 2i and 2i + 1 are the same strokes on two kits, under other music, mixed by two people.
  package func pairedExample(_ index: Int) throws -> TrainingExample {
    var generator = SeededGenerator(seed: seed, index: index / 2)
    var plan = plan(index / 2, using: &generator)
    if index % 2 == 1 {
      generator = SeededGenerator(seed: seed &+ 1, index: index)
      let isMixed = generator.chance(settings.mixShare) && !library.entries.isEmpty
      let music = isMixed ? composer.pickMusic(index, using: &generator) : nil
      plan.music = music.map { .entry($0.entry, start: $0.start) }
      plan.balance = composer.pickBalance(using: &generator)
    }
    return try render(plan, using: &generator)
  }

  private func render(
    _ plan: Composer.Plan, using generator: inout SeededGenerator
  ) throws -> TrainingExample {
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

  /// What is played in an example: early in a curriculum something easier.
  private func plan(_ index: Int, using generator: inout SeededGenerator) -> Composer.Plan {
    let level = pace?.level(of: index) ?? 1
    guard let pace, level < 1 else { return composer.plan(index, using: &generator) }
    var composer = composer
    composer.settings = settings.eased(to: level)
    let most = Int(pace.fastest(at: level) * settings.seconds)
    var plan = composer.plan(index, using: &generator)
    for _ in 0..<Curriculum.Pace.attempts where plan.hits.count > most {
      plan = composer.plan(index, using: &generator)
    }
    return plan
  }

  /// A stretch of a real recording. Drums alone get other music under them as often as rendered ones
  /// do; its beat is another, so beats are then not learned.
  private func recorded(
    _ index: Int, using generator: inout SeededGenerator
  ) throws -> TrainingExample {
    let corpus = prepared[generator.weighted(prepared.map(\.seconds))]
    let change = settings.retuning?.pick(using: &generator)
    var (example, drumsOnly) = try corpus.window(
      seconds: settings.seconds / (change?.ratio ?? 1), using: &generator)
    if let change {
      example = example.retuned(by: change, count: Int(settings.seconds * Self.sampleRate))
    }
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
      // Its tempo was chosen with its beats; its key is free.
      if let change = settings.retuning?.pick(using: &generator) {
        excerpt = TimeStretch.apply(
          to: excerpt, length: excerpt.count, semitones: change.semitones)
      }
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
