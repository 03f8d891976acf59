/// A position or a distance on the chart's grid. `resolution` ticks make a quarter note.
package struct Tick: Hashable, Comparable, Codable, Sendable {
  package var value: Int
  package init(_ value: Int) { self.value = value }
  package static let zero = Tick(0)

  package static func < (a: Tick, b: Tick) -> Bool { a.value < b.value }
  package static func + (a: Tick, b: Tick) -> Tick { Tick(a.value + b.value) }
  package static func - (a: Tick, b: Tick) -> Tick { Tick(a.value - b.value) }
}

/// Thousandths of a beat per minute: the unit of `B` lines in a `.chart` file.
package struct MilliBPM: Hashable, Comparable, Codable, Sendable {
  package var value: Int
  package init(_ value: Int) { self.value = value }
  package var beatsPerMinute: Double { Double(value) / 1_000 }
  package var secondsPerBeat: Double { 60_000 / Double(value) }
  package static func < (a: MilliBPM, b: MilliBPM) -> Bool { a.value < b.value }
}

/// `beats` notes of length `1 / unit` in a bar: 6/8 is `TimeSignature(beats: 6, unit: 8)`.
package struct TimeSignature: Hashable, Codable, Sendable {
  package var beats: Int
  /// A power of two.
  package var unit: Int
  package init(beats: Int, unit: Int) {
    self.beats = beats
    self.unit = unit
  }
  package static let common = TimeSignature(beats: 4, unit: 4)
}
