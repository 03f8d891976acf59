extension MIDIFile {
  /// The file's bytes: header, then each track with its end-of-track event. No running status, so
  /// that the simplest readers understand it.
  package func bytes() -> [UInt8] {
    var result = Array("MThd".utf8)
    result += Self.big(6, bytes: 4)
    result += Self.big(format, bytes: 2)
    result += Self.big(tracks.count, bytes: 2)
    result += Self.big(ticksPerQuarter, bytes: 2)
    for track in tracks {
      var body: [UInt8] = []
      var tick = 0
      for event in track.events {
        body += Self.variableLength(event.tick - tick)
        body += Self.bytes(of: event.kind)
        tick = event.tick
      }
      body += [0, 0xFF, 0x2F, 0]
      result += Array("MTrk".utf8) + Self.big(body.count, bytes: 4) + body
    }
    return result
  }

  private static func bytes(of kind: Kind) -> [UInt8] {
    switch kind {
    case .noteOn(let channel, let note, let velocity): [0x90 | channel, note, velocity]
    case .noteOff(let channel, let note): [0x80 | channel, note, 0]
    case .controller(let channel, let number, let value): [0xB0 | channel, number, value]
    case .program(let channel, let number): [0xC0 | channel, number]
    case .pitchBend(let channel, let value):
      [0xE0 | channel, UInt8(value & 0x7F), UInt8(value >> 7 & 0x7F)]
    case .tempo(let microseconds): [0xFF, 0x51, 3] + big(microseconds, bytes: 3)
    case .timeSignature(let signature):
      // 24 clocks a metronome click, 8 thirty-seconds a quarter: the usual values.
      [
        0xFF, 0x58, 4, UInt8(signature.beats), UInt8(signature.unit.trailingZeroBitCount), 24, 8,
      ]
    case .text(let type, let text):
      [0xFF, type] + variableLength(text.utf8.count) + Array(text.utf8)
    }
  }

  private static func big(_ value: Int, bytes count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// Seven bits a byte, most significant first.
  private static func variableLength(_ value: Int) -> [UInt8] {
    precondition(0..<(1 << 28) ~= value, "no MIDI file holds the number \(value)")
    var result = [UInt8(value & 0x7F)]
    var rest = value >> 7
    while rest > 0 {
      result.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
      rest >>= 7
    }
    return result
  }
}
