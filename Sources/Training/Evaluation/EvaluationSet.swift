/// Recordings with annotations to measure a model on. One is made at a time, so that only one is in
/// memory.
package struct EvaluationSet {
  package let title: String
  package let count: Int
  /// Recording `0..<count`, the same every time.
  package let recording: (Int) throws -> AnnotatedRecording

  package init(
    title: String, count: Int, recording: @escaping (Int) throws -> AnnotatedRecording
  ) {
    self.title = title
    self.count = count
    self.recording = recording
  }
}

extension EvaluationSet {
  /// Real recordings in the layout of ``RealRecordings``: the full mixes and the drums alone.
  package static func real(folder: String, sampleRate: Int) throws -> [EvaluationSet] {
    try RealRecordings.Variant.allCases.map { variant in
      let items = try RealRecordings.load(folder: folder, variant: variant, sampleRate: sampleRate)
      let title =
        switch variant {
        case .fullMix: "real recordings, full mix"
        case .drumOnly: "real recordings, drums only"
        }
      return EvaluationSet(title: title, count: items.count) { items[$0] }
    }
  }

  /// The Groove test split played on a kit that no training heard: the E-GMD protocol.
  package static func drumsOnly(_ held: HeldOutKit) -> EvaluationSet {
    EvaluationSet(title: "held-out kit, test performances", count: held.performances.count) {
      let performance = held.performances[$0]
      let example = SongRenderer.render(performance, kit: held.kit, seed: UInt64($0))
      return AnnotatedRecording(name: performance.name, example: example)
    }
  }

  /// The same performances over songs that no training heard, the drums 0 to 6 dB below them.
  package static func mixes(
    _ held: HeldOutKit, over library: AccompanimentLibrary, count: Int
  ) -> EvaluationSet {
    // Short fills make no song.
    let performances = held.performances.filter { $0.seconds > 20 }
    return EvaluationSet(title: "held-out kit over held-out songs", count: count) { index in
      var generator = SeededGenerator(seed: 77, index: index)
      for attempt in 0..<200 {
        let entry = (index + attempt / 20) % library.entries.count
        let performance = generator.pick(performances)
        let example = try SongRenderer.render(
          performance, kit: held.kit, over: library, entry: entry,
          decibels: generator.uniform(-6, 0), seed: UInt64(index))
        if let example {
          let song = library.entries[entry].song.name
          return AnnotatedRecording(name: "\(performance.name) over \(song)", example: example)
        }
      }
      throw TrainingError(
        stage: "mixing an evaluation song",
        reason: "no test performance fits the bars of any held-out song")
    }
  }

  /// The songs alone: whatever is heard in them is invented.
  package static func drumFree(_ library: AccompanimentLibrary, count: Int) -> EvaluationSet {
    EvaluationSet(title: "songs without drums", count: min(count, library.entries.count)) { index in
      let entry = library.entries[index]
      let audio = try library.audio(index)
      let samples = audio.excerpt(from: 0, count: audio.samples.count)
      return AnnotatedRecording(name: entry.song.name, audio: samples, onsets: [], beats: [])
    }
  }
}

extension AnnotatedRecording {
  init(name: String, example: TrainingExample) {
    self.init(name: name, audio: example.audio, onsets: example.onsets, beats: example.beats)
  }
}

extension AccompanimentLibrary {
  /// The songs that no training hears, each rendered once per entry.
  package static func heldOut(
    folders: [String], soundfonts: [String], count: Int
  ) throws -> AccompanimentLibrary {
    let songs = AccompanimentSong.load(folders: folders).filter(\.isHeldOut)
    guard !songs.isEmpty, !soundfonts.isEmpty else {
      throw TrainingError(
        path: folders.joined(separator: ", "), stage: "reading songs",
        reason: "there is no held-out General MIDI song or no soundfont to play it")
    }
    return AccompanimentLibrary(
      songs: songs, soundfonts: soundfonts, count: count, seconds: 60, seed: 78)
  }
}
