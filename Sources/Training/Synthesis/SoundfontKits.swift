internal import DrumNet
internal import FoundationEssentials

/// The drum presets of a soundfont, recorded note by note into kits.
package enum SoundfontKits {
  /// Velocities recorded: five layers, about as many as good soundfonts have.
  private static let velocities = [30, 55, 80, 105, 127]

  /// At most `limit` kits, one for each preset of bank 128. A soundfont without that bank is taken for
  /// one of the AVL Drumkits, the only free drum soundfonts of that kind in Debian.
  package static func load(path: String, limit: Int = 6) throws -> [DrumKit] {
    let synth = try FluidSynthesizer(soundfont: path, reverb: false)
    let all = synth.presets()
    let drums = all.filter { $0.bank == 128 }
    let file = URL(filePath: path).deletingPathExtension().lastPathComponent
    var kits: [DrumKit] = []
    // General MIDI soundfonts list a preset again under numbers that few songs use.
    var seen: Set<String> = []
    let distinct = (drums.isEmpty ? all : drums).filter {
      seen.insert($0.name.filter { !$0.isNumber && $0 != " " }).inserted
    }
    for preset in distinct.prefix(limit) {
      guard synth.select(channel: 9, bank: preset.bank, program: preset.program) else { continue }
      var voices: [Articulation: [DrumVoice]] = [:]
      for note in UInt8(35)...82 {
        let articulation =
          drums.isEmpty ? Articulation(avlDrumkit: note) : Articulation(generalMIDI: note)
        guard let articulation else { continue }
        let samples = strokes(synth, note: Int(note), articulation: articulation)
        guard !samples.isEmpty else { continue }
        voices[articulation, default: []].append(
          DrumVoice(
            name: "\(preset.name) \(note)", samples: samples, articulation: articulation,
            exponent: 1.6))
      }
      guard !voices.isEmpty else { continue }
      // General MIDI soundfonts have one recording per drum; those without bank 128 are drum kits.
      kits.append(
        DrumKit(
          name: "\(file) \(preset.name)", voices: voices, hasOwnLayers: distinct.count == 1))
    }
    return kits
  }

  private static func strokes(
    _ synth: borrowing FluidSynthesizer, note: Int, articulation: Articulation
  ) -> [DrumSample] {
    let isCymbal =
      articulation.drum == .crash || articulation.drum == .ride || articulation.isOpen
    let seconds = isCymbal ? 4.0 : 1.5
    return velocities.compactMap { velocity in
      var samples: [Float] = []
      samples.reserveCapacity(Int(seconds * 44_100) + 64)
      synth.noteOn(channel: 9, note: note, velocity: velocity)
      synth.render(frames: Int(seconds * 44_100), into: &samples)
      synth.noteOff(channel: 9, note: note)
      synth.stop()
      var rest: [Float] = []
      synth.render(frames: FluidSynthesizer.block * 4, into: &rest)
      guard
        let kept = OnsetMeasure.trimmed(
          samples, sampleRate: FluidSynthesizer.sampleRate, seconds: seconds)
      else { return nil }
      return DrumSample(close: kept.samples, onset: kept.onset, velocity: velocity)
    }
  }
}
