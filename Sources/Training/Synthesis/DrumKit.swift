internal import Glibc

/// One instrument of a kit struck in one way, at several loudnesses.
package struct DrumVoice: Sendable {
  package var name: String
  /// From soft to loud, never empty.
  package var samples: [DrumSample]
  /// How amplitude follows velocity between and within layers: amplitude ~ velocity ^ exponent.
  package var exponent: Float
  /// Whether the layers' own loudness tells how hard they were struck; where it does not (all
  /// layers as loud as each other), a sample sounds at unit gain at velocity 127.
  package var layersCarryLoudness: Bool
  /// Gain that brings the loudest layer to the level its articulation usually has.
  package var calibration: Float

  package init(
    name: String, samples: [DrumSample], articulation: Articulation, exponent: Float = 1.2,
    layersCarryLoudness: Bool = true
  ) {
    precondition(!samples.isEmpty)
    self.name = name
    self.samples = samples.sorted { $0.velocity < $1.velocity }
    self.exponent = exponent
    self.layersCarryLoudness = layersCarryLoudness
    let loudest = samples.map(\.level).max() ?? 0
    calibration =
      loudest > 0 ? amplitude(decibels: Self.usualLevel(of: articulation)) / loudest : 0
  }

  /// Level of a full stroke over its first 50 ms in dB below full scale: the mean over the three
  /// large kits of the data pack, set to a snare at -14 dB.
  static func usualLevel(of articulation: Articulation) -> Double {
    switch articulation {
    case .kick: -14
    case .snare, .snareRim: -14
    case .sidestick: -23
    case .hihatClosed: -26
    case .hihatHalf: -24.5
    case .hihatOpen: -24
    case .hihatPedal: -32
    case .tomHigh, .tomMid, .tomLow: -14
    case .crash, .crash2: -21
    case .crashBow: -24
    case .china: -20
    case .splash: -24
    case .rideBow: -28
    case .rideBell: -22.5
    case .rideEdge: -22
    case .percussion: -24
    }
  }

  /// The sample for a velocity and the gain (without calibration) at which it sounds. Neighbouring
  /// layers are taken now and then, so that repeated strokes differ.
  package func sample(
    velocity: Int, using generator: inout SeededGenerator
  ) -> (index: Int, gain: Float) {
    var index = samples.firstIndex { $0.velocity >= velocity } ?? samples.count - 1
    if samples.count >= 4 {
      index = min(max(index + generator.integer(-1...1), 0), samples.count - 1)
    }
    let reference = layersCarryLoudness ? Float(samples[index].velocity) : 127
    let ratio = Float(max(1, velocity)) / reference
    return (index, powf(min(max(ratio, 0.02), 3), exponent))
  }
}

/// A sampled drum kit: for every articulation the instruments that can play it.
package struct DrumKit: Sendable {
  package var name: String
  package var voices: [Articulation: [DrumVoice]]
  /// Whether every stroke is a recording of its own, and not one recording at several levels.
  package var hasOwnLayers: Bool

  package init(name: String, voices: [Articulation: [DrumVoice]], hasOwnLayers: Bool = true) {
    self.name = name
    self.hasOwnLayers = hasOwnLayers
    self.voices = voices
  }

  package func has(_ articulation: Articulation) -> Bool {
    voices[articulation].map { !$0.isEmpty } ?? false
  }

  /// Strokes in all.
  package var sampleCount: Int {
    voices.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.samples.count } }
  }
}
