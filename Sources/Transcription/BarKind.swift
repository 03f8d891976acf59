internal import CLattice

/// One kind of bar that the tracker knows.
package struct BarKind: Hashable, Sendable {
  /// Whole beats, 2...7.
  package let beats: Int
  /// Beats divide by three (6/8, 9/8, 12/8, shuffle) rather than by two and four.
  package let isCompound: Bool
  /// Half a beat follows the whole ones (5/8, 7/8, 9/8, 11/8).
  package let hasHalf: Bool

  private init(_ beats: Int, isCompound: Bool = false, hasHalf: Bool = false) {
    self.beats = beats
    self.isCompound = isCompound
    self.hasHalf = hasHalf
  }

  /// 4/4 stands there four times: it is drummed in several styles (backbeat on two and four, half
  /// time, double time, busy sixteenths), which one average would blur.
  package static let all: [BarKind] =
    [3, 4, 4, 4, 4, 5, 6, 7].map { BarKind($0) }
    + [2, 3, 4].map { BarKind($0, isCompound: true) }
    + [2, 3, 4, 5].map { BarKind($0, hasHalf: true) }

  /// Indices of the styles of 4/4.
  package static let common = 1..<5

  /// The first kind of the same metre.
  static func metre(of kind: Int) -> Int { common.contains(kind) ? common.lowerBound : kind }

  /// Quarter notes that one beat is written with. A shuffle in four is written in 4/4 with
  /// triplets; two or three beats of three are 6/8 or 9/8.
  package var quartersPerBeat: Double { isCompound && beats < 4 ? 1.5 : 1 }
}

/// The places that a beat can have: one lane for every beat of every kind of bar, and behind these
/// one for the half beat of every kind that ends with one.
package enum BarLanes {
  /// Lanes of whole beats, in the order of ``BarKind/all``.
  private static let wholes = BarKind.all.reduce(0) { $0 + $1.beats }
  /// Lanes that the tables have for whole beats (the last are unused), and for all.
  package static let wholeWidth = Int(CL_LANES - CL_HALVES)
  package static let width = Int(CL_LANES)
  private static let halves = BarKind.all.indices.filter { BarKind.all[$0].hasHalf }
  private static let unused = [Int](repeating: -1, count: wholeWidth - wholes)

  /// Index into ``BarKind/all`` of each lane, -1 for unused lanes.
  package static let kind =
    BarKind.all.indices.flatMap { [Int](repeating: $0, count: BarKind.all[$0].beats) } + unused
    + halves
  /// Position in the bar of each lane, from 0; -1 for unused lanes.
  package static let position =
    BarKind.all.flatMap { 0..<$0.beats } + unused + halves.map { BarKind.all[$0].beats }
  package static let count = kind.count
  package static let kinds = BarKind.all.count
  /// The downbeat's lane of each kind of bar, and the last beat's.
  package static let first = BarKind.all.indices.map { kind.firstIndex(of: $0) ?? 0 }
  package static let last = BarKind.all.indices.map { kind.lastIndex(of: $0) ?? 0 }
  /// The last whole beat's lane of the bars that end with half a beat, in the order of the half
  /// lanes.
  package static let beforeHalf = halves.map { first[$0] + BarKind.all[$0].beats - 1 }

  package static func isHalf(_ lane: Int) -> Bool { lane >= wholeWidth }
}
