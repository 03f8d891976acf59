internal import ChartFormat

/// Roll lanes where single hits cannot be told apart: a long run of one pad, or of two in turn,
/// faster than any written rhythm.
enum Rolls {
  /// Seconds between strokes; human charts keep single strokes down to 73 ms on the snare.
  private static let fastest = 0.068
  private static let fewestSingle = 8
  private static let fewestDouble = 10

  /// Lanes over the notes of a track; a kick beside a roll is no part of it.
  static func rolls(_ notes: [DrumNote], grid: BarGrid) -> (single: [Phrase], double: [Phrase]) {
    let hands = notes.filter { $0.pad != .kick }
    var result: (single: [Phrase], double: [Phrase]) = ([], [])
    var start = 0
    for i in hands.indices {
      let isLast = i + 1 == hands.count
      let gap = isLast ? 0 : grid.seconds(hands[i + 1].tick) - grid.seconds(hands[i].tick)
      if !isLast, gap > 0, gap <= fastest { continue }
      classify(hands[start...i], &result)
      start = i + 1
    }
    return result
  }

  private static func classify(
    _ run: ArraySlice<DrumNote>, _ result: inout (single: [Phrase], double: [Phrase])
  ) {
    let first = run[run.startIndex]
    let phrase = Phrase(
      start: first.tick, length: run[run.endIndex - 1].tick - first.tick + Tick(1))
    if run.count >= fewestSingle, run.allSatisfy({ isSame($0, first) }) {
      result.single.append(phrase)
    } else if run.count >= fewestDouble,
      run.indices.allSatisfy({ isSame(run[$0], run[run.startIndex + ($0 - run.startIndex) % 2]) })
    {
      result.double.append(phrase)
    }
  }

  private static func isSame(_ a: DrumNote, _ b: DrumNote) -> Bool {
    a.pad == b.pad && a.isCymbal == b.isCymbal
  }
}
