internal import DrumNet

/// A kit put together for one piece of music: every instrument from a kit drawn at random, tuned,
/// damped and levelled at random. Dozens of kits make hundreds of thousands.
package struct VirtualKit: Sendable {
  /// How one articulation sounds in this piece.
  package struct Instrument: Sendable {
    package var voice: DrumVoice
    /// Playback speed: 2 is an octave up.
    package var pitch: Double
    package var closeGain: Float
    package var roomGain: Float
    /// Extra damping, nepers per second; 0 leaves the sample as recorded.
    package var damping: Double
  }

  package var instruments: [Articulation: Instrument]
  /// Percussion that no label is given for.
  package var percussion: [Instrument]

  /// Articulations that stand next to each other on one drum and so come from one kit.
  private static let groups: [[Articulation]] = [
    [.kick], [.snare, .snareRim, .sidestick],
    [.hihatClosed, .hihatHalf, .hihatOpen, .hihatPedal],
    [.tomHigh, .tomMid, .tomLow], [.crash, .crashBow], [.crash2], [.china], [.splash],
    [.rideBow, .rideBell, .rideEdge],
  ]

  /// One whole kit as it was recorded, close and room at equal gain, for evaluation.
  package init(recorded kit: DrumKit) {
    instruments = [:]
    percussion = (kit.voices[.percussion] ?? []).map { Self.plain($0) }
    for articulation in Articulation.allCases where articulation != .percussion {
      if let (source, shift) = Self.source(of: articulation, in: kit),
        let voice = kit.voices[source]?.first
      {
        instruments[articulation] = Self.plain(voice, pitch: shift)
      }
    }
  }

  /// A mixture.
  /// - Parameters:
  ///   - kits: what to draw from; `weights` says how often each is drawn.
  ///   - spread: how far tuning, damping and levels may stray; 0 not at all, 1 as usual.
  package init(
    mixing kits: [DrumKit], weights: [Double], spread: Double,
    using generator: inout SeededGenerator
  ) {
    instruments = [:]
    percussion = []
    let home = generator.weighted(weights)
    let mixing = generator.uniform(0.3, 1)
    let kitRoom = generator.uniform(0, 1.6)
    let kitPitch = generator.normal(0, 0.03 * spread)
    for group in Self.groups {
      // A kit with a dozen snares is worth more here than one with a single snare.
      let usable = zip(kits, weights).map { kit, weight in
        weight * Double(group.lazy.map { kit.voices[$0]?.count ?? 0 }.max() ?? 0).squareRoot()
      }
      guard usable.contains(where: { $0 > 0 }) else { continue }
      let useHome = !generator.chance(mixing) && usable[home] > 0
      let kit = kits[useHome ? home : generator.weighted(usable)]
      let character = Character(
        room: kitRoom, pitch: kitPitch, tuning: Self.tuning(of: group[0]), spread: spread,
        &generator)
      for articulation in group {
        add(articulation, from: kit, character: character, spread: spread, using: &generator)
      }
    }
    for kit in kits {
      for voice in kit.voices[.percussion] ?? [] where generator.chance(0.25) {
        var instrument = Self.plain(voice)
        instrument.pitch = generator.uniform(0.8, 1.25)
        percussion.append(instrument)
      }
    }
  }

  /// What the strokes of one drum have in common.
  private struct Character {
    var pitch: Double
    var gain: Double
    var room: Double
    var close: Double
    var damping: Double
    var choice: Double

    init(
      room: Double, pitch: Double, tuning: Double, spread: Double,
      _ generator: inout SeededGenerator
    ) {
      self.pitch = 1 + pitch + generator.normal(0, tuning * spread)
      gain = generator.normal(0, 3 * spread)
      self.room = max(0, room + generator.normal(0, 0.3 * spread))
      close = generator.chance(0.1 * spread) ? generator.uniform(0, 0.5) : 1
      damping = generator.chance(0.4 * spread) ? generator.logUniform(1, 14) : 0
      choice = generator.unit()
    }
  }

  /// How far one drum's pitch strays between kits (a standard deviation, as a share): cymbals come
  /// from 14 to 22 inches, and no two drummers tune their toms alike.
  private static func tuning(of articulation: Articulation) -> Double {
    switch articulation.drum {
    case .kick, .snare, nil: 0.08
    case .hihat, .tomHigh, .tomMid, .tomLow: 0.1
    case .crash, .ride: 0.13
    }
  }

  private mutating func add(
    _ articulation: Articulation, from kit: DrumKit, character: Character, spread: Double,
    using generator: inout SeededGenerator
  ) {
    guard let (source, shift) = Self.source(of: articulation, in: kit),
      let voices = kit.voices[source]
    else { return }
    // The same drum of the group: its bell belongs to its bow as far as the names' order tells.
    let voice = voices[min(voices.count - 1, Int(character.choice * Double(voices.count)))]
    var gain = character.gain + generator.normal(0, spread)
    // Drummers and producers differ most in how loud hats and rides are.
    if articulation.isHihat || articulation.drum == .ride {
      gain += generator.uniform(-3, 5) * spread
    }
    let level = amplitude(decibels: gain) * voice.calibration
    instruments[articulation] = Instrument(
      voice: voice, pitch: min(max(character.pitch * shift, 0.6), 1.6),
      closeGain: level * Float(character.close), roomGain: level * Float(character.room),
      damping: articulation == .hihatClosed ? 0 : character.damping)
  }

  private static func plain(_ voice: DrumVoice, pitch: Double = 1) -> Instrument {
    Instrument(
      voice: voice, pitch: pitch, closeGain: voice.calibration, roomGain: voice.calibration,
      damping: 0)
  }

  /// The articulation that plays for another where a kit lacks it, and the change of speed: a tom
  /// lent to its neighbour is retuned by about three semitones.
  private static func source(
    of articulation: Articulation, in kit: DrumKit
  ) -> (Articulation, Double)? {
    if kit.has(articulation) { return (articulation, 1) }
    guard let source = articulation.substitutes.first(where: kit.has) else { return nil }
    guard articulation.isTom else { return (source, 1) }
    let order: [Articulation: Double] = [.tomHigh: 2, .tomMid: 1, .tomLow: 0]
    let steps = (order[articulation] ?? 0) - (order[source] ?? 0)
    return (source, steps > 0 ? 1 + 0.19 * steps : 1 / (1 - 0.19 * steps))
  }
}
