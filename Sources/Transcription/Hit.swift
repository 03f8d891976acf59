internal import ChartFormat
internal import DrumNet

/// A drum hit on its way to a gem: the lane is chosen, the rest is still known.
struct Hit: Hashable, Sendable {
  var tick: Tick
  /// Seconds of the tick, not of the sound.
  var time: Double
  var drum: DrumClass
  var pad: DrumPad
  var isCymbal = false
  var velocity: Int
  var confidence: Double
  var dynamic = Dynamic.normal
  var isSecondKick = false

  var isHand: Bool { pad != .kick }

  /// Places that a stick tells apart: pad and cymbal.
  var lane: Int { pad.rawValue + (isCymbal ? DrumPad.allCases.count : 0) }

  var note: DrumNote {
    DrumNote(
      tick: tick, pad: pad, isCymbal: isCymbal, dynamic: dynamic, isSecondKick: isSecondKick)
  }

  /// By tick, then by pad, as tracks hold notes.
  static func isBefore(_ a: Hit, _ b: Hit) -> Bool {
    (a.tick.value, a.pad.rawValue) < (b.tick.value, b.pad.rawValue)
  }
}

extension [Hit] {
  /// Index ranges of hits on one tick; the list must ascend by tick.
  var groups: [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for i in indices.dropFirst() where self[i].tick != self[start].tick {
      result.append(start..<i)
      start = i
    }
    if !isEmpty { result.append(start..<count) }
    return result
  }
}
