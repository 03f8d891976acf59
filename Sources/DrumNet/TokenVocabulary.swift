/// A drum hit on a frame of a window, as tokens tell it.
package struct Stroke: Hashable, Sendable {
  package var frame: Int
  package var drum: DrumClass
  /// 1...127; 0 where it is not known.
  package var velocity: Int
  package var isOpen: Bool

  package init(frame: Int, drum: DrumClass, velocity: Int, isOpen: Bool = false) {
    (self.frame, self.drum, self.velocity, self.isOpen) = (frame, drum, velocity, isOpen)
  }
}

/// The tokens that tell the strokes of a segment, in the manner of MT3 (Gardner et al. 2022):
/// a shift to a frame of the segment, counted from its beginning; then each drum that is struck
/// there, lowest token first, with its velocity after it; and the end.
package struct TokenVocabulary: Hashable, Sendable {
  /// Frames of a segment.
  let steps: Int
  let velocities: Int

  static let end = 0
  static let start = 1
  private static let firstShift = 2
  /// An open hi-hat is a drum of its own.
  private static let openHat = DrumClass.allCases.count
  private static let drums = openHat + 1

  var shifts: Range<Int> { Self.firstShift..<Self.firstShift + steps }
  var drums: Range<Int> { shifts.upperBound..<shifts.upperBound + Self.drums }
  var loudness: Range<Int> { drums.upperBound..<drums.upperBound + velocities }
  package var count: Int { loudness.upperBound }

  private func drumToken(_ stroke: Stroke) -> Int {
    let isOpenHat = stroke.drum == .hihat && stroke.isOpen
    return drums.lowerBound + (isOpenHat ? Self.openHat : stroke.drum.rawValue)
  }

  /// The drum of a token, and whether it is an open hi-hat.
  func drum(_ token: Int) -> (drum: DrumClass, isOpen: Bool) {
    let index = token - drums.lowerBound
    return index == Self.openHat
      ? (.hihat, true) : (DrumClass(rawValue: index) ?? .kick, false)
  }

  /// The middle of a token's range of velocities.
  func velocity(_ token: Int) -> Int {
    (2 * (token - loudness.lowerBound) + 1) * 127 / (2 * velocities) + 1
  }

  private func velocityToken(_ velocity: Int) -> Int {
    loudness.lowerBound + min(velocities - 1, max(0, velocity - 1) * velocities / 127)
  }

  /// A token that was said, and the frame of the last shift up to it; -1 before the first.
  struct Said: Hashable {
    var token: Int
    var moment: Int
  }

  /// Tokens with their moments, from the start on.
  func said(_ tokens: [Int]) -> [Said] {
    var moment = -1
    return ([Self.start] + tokens).map { token in
      if shifts.contains(token) { moment = token - shifts.lowerBound }
      return Said(token: token, moment: moment)
    }
  }

  /// A token to be said, and whether it is known to be the right one.
  struct Word: Hashable {
    var token: Int
    var isKnown = true
  }

  /// The words that tell strokes whose frames are those of the segment, with the end. Of two strokes
  /// of a drum on one frame the louder counts.
  func words(for strokes: [Stroke]) -> [Word] {
    let ordered = strokes.filter { (0..<steps).contains($0.frame) }.sorted {
      ($0.frame, $0.drum.rawValue, $1.velocity) < ($1.frame, $1.drum.rawValue, $0.velocity)
    }
    var words: [Word] = []
    var frame = -1
    var struck: Set<DrumClass> = []
    var waiting: [Stroke] = []
    func say() {
      for stroke in waiting.sorted(by: { drumToken($0) < drumToken($1) }) {
        words.append(Word(token: drumToken(stroke)))
        // Where the velocity is not known, a middle one stands in and is not asked for.
        words.append(
          Word(
            token: velocityToken(stroke.velocity == 0 ? 90 : stroke.velocity),
            isKnown: stroke.velocity > 0))
      }
      waiting = []
    }
    for stroke in ordered {
      if stroke.frame != frame {
        say()
        words.append(Word(token: shifts.lowerBound + stroke.frame))
        (frame, struck) = (stroke.frame, [])
      }
      if struck.insert(stroke.drum).inserted { waiting.append(stroke) }
    }
    say()
    return words + [Word(token: Self.end)]
  }
}

/// What may follow what was said so far: it keeps sequences readable and makes them end, because
/// moments and the drums of a moment only go up.
struct TokenGrammar {
  private enum Expected { case moment, drum, velocity, anything, nothing }

  private let vocabulary: TokenVocabulary
  private var expected = Expected.moment
  /// The last shift and drum said; a closed hat's moment has no open one.
  private var shift = -1
  private var drum = -1
  private var hasClosedHat = false

  init(_ vocabulary: TokenVocabulary) { self.vocabulary = vocabulary }

  var isOver: Bool { expected == .nothing }

  /// The frame that was shifted to last; -1 before the first.
  var moment: Int { shift < 0 ? -1 : shift - vocabulary.shifts.lowerBound }

  /// The tokens that may come next.
  var allowed: [Int] {
    let v = vocabulary
    let moments =
      [TokenVocabulary.end] + Array(max(v.shifts.lowerBound, shift + 1)..<v.shifts.upperBound)
    let drums = (max(v.drums.lowerBound, drum + 1)..<v.drums.upperBound).filter {
      !(hasClosedHat && v.drum($0).isOpen)
    }
    return switch expected {
    case .moment: moments
    case .drum: drums
    case .velocity: Array(v.loudness)
    case .anything: moments + drums
    case .nothing: []
    }
  }

  mutating func take(_ token: Int) {
    if token == TokenVocabulary.end {
      expected = .nothing
    } else if vocabulary.shifts.contains(token) {
      (expected, shift, drum, hasClosedHat) = (.drum, token, -1, false)
    } else if vocabulary.drums.contains(token) {
      (expected, drum) = (.velocity, token)
      let (struck, isOpen) = vocabulary.drum(token)
      if struck == .hihat, !isOpen { hasClosedHat = true }
    } else {
      expected = .anything
    }
  }
}
