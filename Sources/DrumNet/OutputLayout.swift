/// The columns of the network's output, the same in training, in checkpoints and in saved
/// activations. Every column is a logit; after the sigmoid it lies in 0...1.
package enum OutputLayout {
  /// Onset probability per ``DrumClass``: columns 0..<8.
  package static func onset(_ drum: DrumClass) -> Int { drum.rawValue }
  /// Velocity / 127 per class, meaningful where there is an onset: columns 8..<16.
  package static func velocity(_ drum: DrumClass) -> Int {
    DrumClass.allCases.count + drum.rawValue
  }
  /// Probability that a hi-hat stroke is open: column 16.
  package static let hihatOpen = 16
  /// Probability of any drum onset: column 17.
  package static let anyOnset = 17
  /// Beat and downbeat probability: columns 18 and 19.
  package static let beat = 18
  package static let downbeat = 19
  package static let count = 20

  /// Column names in order, as they stand in checkpoints and activation files.
  package static let names: [String] =
    DrumClass.allCases.map(\.name) + DrumClass.allCases.map { "velocity_" + $0.name }
    + ["hihat_open", "any_onset", "beat", "downbeat"]
}
