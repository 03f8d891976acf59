/// The `.chart` file: text, one event a line, four drum tracks.
///
/// The lexical form is the intersection of what Clone Hero's, YARG's and Moonscraper's readers and
/// four parsers of the community accept; see the decision "The chart file's lexical form".
package enum ChartText {
  /// Section names by tier, in the order in which they are written.
  static let trackNames: [(name: String, difficulty: Difficulty)] = [
    ("ExpertDrums", .expert), ("HardDrums", .hard), ("MediumDrums", .medium),
    ("EasyDrums", .easy),
  ]

  /// `N` codes of a drum track.
  enum NoteCode {
    static let fifthLane = 5
    static let secondKick = 32
    /// Plus the pad's raw value: accents 34...37, ghosts 40...43, cymbals 66...68.
    static let accent = 33
    static let ghost = 39
    static let cymbal = 64
    static let fifthLaneAccent = 38
    static let fifthLaneGhost = 44
  }

  /// `S` codes of a drum track.
  enum PhraseCode: Int, CaseIterable {
    case starPower = 2
    case fill = 64
    case singleRoll = 65
    case doubleRoll = 66

    var path: WritableKeyPath<DrumTrack, [Phrase]> {
      switch self {
      case .starPower: \.starPower
      case .fill: \.fills
      case .singleRoll: \.singleRolls
      case .doubleRoll: \.doubleRolls
      }
    }
  }

  /// Milliseconds that the game plays as a preview.
  package static let previewLength = 30_000
}
