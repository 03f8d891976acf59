/// A Standard MIDI File, read: format 0 or 1, metrical time division, with or without a RIFF wrapper.
///
/// Kept are notes, controllers, programs, pitch bends, tempo, time signatures and text; pressure,
/// system exclusive and the other meta events are skipped. Unknown chunks are skipped too, and a
/// track need not end with its end-of-track event.
package struct MIDIFile: Sendable {
  package struct Event: Hashable, Sendable {
    /// Ticks from the start of the file.
    package var tick: Int
    package var kind: Kind

    package init(tick: Int, kind: Kind) {
      self.tick = tick
      self.kind = kind
    }
  }

  package enum Kind: Hashable, Sendable {
    /// A note-on of velocity 0 is read as ``noteOff(channel:note:)``. Channels count from 0.
    case noteOn(channel: UInt8, note: UInt8, velocity: UInt8)
    case noteOff(channel: UInt8, note: UInt8)
    case controller(channel: UInt8, number: UInt8, value: UInt8)
    case program(channel: UInt8, number: UInt8)
    /// 0...16383, 8192 is the middle.
    case pitchBend(channel: UInt8, value: Int)
    case tempo(microsecondsPerQuarter: Int)
    case timeSignature(TimeSignature)
    /// Meta events 1...15: 1 text, 3 track name, 5 lyric, 6 marker. Invalid UTF-8 is repaired.
    case text(type: UInt8, String)
  }

  package struct Track: Hashable, Sendable {
    /// Ascending in tick; events of one tick stand in file order.
    package var events: [Event]

    package init(events: [Event]) { self.events = events }

    /// The first track-name event, or an empty string.
    package var name: String {
      for event in events { if case .text(3, let name) = event.kind { return name } }
      return ""
    }
  }

  /// 0 one track, 1 simultaneous tracks, 2 independent tracks.
  package var format: Int
  package var ticksPerQuarter: Int
  package var tracks: [Track]

  package init(format: Int = 1, ticksPerQuarter: Int, tracks: [Track]) {
    precondition(ticksPerQuarter > 0)
    self.format = format
    self.ticksPerQuarter = ticksPerQuarter
    self.tracks = tracks
  }

  /// Reads a file's bytes.
  package init(bytes: [UInt8]) throws(MIDIFileError) {
    var reader = MIDIByteReader(bytes: bytes, position: 0, end: bytes.count)
    try reader.unwrapRIFF()
    guard reader.tag() == "MThd" else { throw .notMIDI }
    let headerLength = try reader.big(4)
    let next = reader.position + headerLength
    guard headerLength >= 6, next <= reader.end else { throw .truncated(at: reader.position) }
    format = try reader.big(2)
    guard format <= 2 else { throw .unsupportedFormat(format) }
    _ = try reader.big(2)
    let division = try reader.big(2)
    guard division & 0x8000 == 0 else { throw .timecodeDivision }
    guard division > 0 else { throw .zeroDivision }
    ticksPerQuarter = division
    tracks = []
    reader.position = next
    while reader.end - reader.position >= 8 {
      let tag = reader.tag()
      let length = try reader.big(4)
      let end = reader.position + length
      guard end <= reader.end else { throw .truncated(at: reader.position) }
      if tag == "MTrk" {
        var body = MIDIByteReader(bytes: bytes, position: reader.position, end: end)
        tracks.append(Track(events: try body.events()))
      }
      reader.position = end
    }
    guard !tracks.isEmpty else { throw .noTracks }
  }

  /// The last event's tick.
  package var lastTick: Int { tracks.map { $0.events.last?.tick ?? 0 }.max() ?? 0 }

  /// The first track of this name.
  package func track(named name: String) -> Track? { tracks.first { $0.name == name } }

  /// All tracks' events in one list, ascending in tick, stable in track order.
  package var mergedEvents: [Event] {
    var all: [(tick: Int, order: Int, event: Event)] = []
    all.reserveCapacity(tracks.reduce(0) { $0 + $1.events.count })
    for track in tracks { for e in track.events { all.append((e.tick, all.count, e)) } }
    all.sort { ($0.tick, $0.order) < ($1.tick, $1.order) }
    return all.map(\.event)
  }
}

/// Why bytes are not a Standard MIDI File that can be read.
package enum MIDIFileError: Error, Hashable, Sendable, CustomStringConvertible {
  case notMIDI
  case unsupportedFormat(Int)
  case timecodeDivision
  case zeroDivision
  case noTracks
  /// The bytes end, or a chunk ends, inside something that begins near this offset.
  case truncated(at: Int)
  /// A data byte stands where a status byte must stand.
  case missingStatus(at: Int)
  /// A variable-length number of more than four bytes.
  case oversizedNumber(at: Int)

  package var description: String {
    switch self {
    case .notMIDI: "This is not a Standard MIDI File: it does not begin with MThd."
    case .unsupportedFormat(let n): "The MIDI file has format \(n); only 0, 1 and 2 exist."
    case .timecodeDivision:
      "The MIDI file counts time in SMPTE frames, not in beats; such files are not supported."
    case .zeroDivision: "The MIDI file says that a quarter note has no ticks."
    case .noTracks: "The MIDI file has no tracks."
    case .truncated(let at): "The MIDI file is cut off near byte \(at)."
    case .missingStatus(let at): "The MIDI file is damaged at byte \(at): no event begins there."
    case .oversizedNumber(let at): "The MIDI file is damaged at byte \(at): a number is too long."
    }
  }
}

/// A cursor over the bytes of a file or of one chunk.
private struct MIDIByteReader {
  let bytes: [UInt8]
  var position: Int
  var end: Int

  mutating func byte() throws(MIDIFileError) -> UInt8 {
    guard position < end else { throw .truncated(at: position) }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func big(_ count: Int) throws(MIDIFileError) -> Int {
    var value = 0
    for _ in 0..<count { value = value << 8 | Int(try byte()) }
    return value
  }

  /// Four characters, or an empty string where fewer are left.
  mutating func tag() -> String {
    guard end - position >= 4 else { return "" }
    defer { position += 4 }
    return String(decoding: bytes[position..<position + 4], as: UTF8.self)
  }

  /// Seven bits a byte, most significant first, at most four bytes.
  mutating func number() throws(MIDIFileError) -> Int {
    let start = position
    var value = 0
    for _ in 0..<4 {
      let next = try byte()
      value = value << 7 | Int(next & 0x7f)
      if next & 0x80 == 0 { return value }
    }
    throw .oversizedNumber(at: start)
  }

  mutating func skip(_ count: Int) throws(MIDIFileError) {
    guard count <= end - position else { throw .truncated(at: position) }
    position += count
  }

  /// `.rmi`: a RIFF file of type RMID whose `data` chunk is the MIDI file.
  mutating func unwrapRIFF() throws(MIDIFileError) {
    let start = position
    guard tag() == "RIFF" else {
      position = start
      return
    }
    try skip(4)
    guard tag() == "RMID" else { throw .notMIDI }
    while end - position >= 8 {
      let name = tag()
      let length = Int(try big(4)).littleEndian32
      guard length <= end - position else { throw .truncated(at: position) }
      if name == "data" {
        end = position + length
        return
      }
      try skip(min(length + length & 1, end - position))
    }
    throw .notMIDI
  }

  mutating func events() throws(MIDIFileError) -> [MIDIFile.Event] {
    var result: [MIDIFile.Event] = []
    var tick = 0
    var running: UInt8 = 0
    while position < end {
      tick += try number()
      var status = running
      if bytes[min(position, end - 1)] & 0x80 != 0 || position >= end {
        status = try byte()
      } else if running == 0 {
        throw .missingStatus(at: position)
      }
      switch status {
      case 0x80..<0xf0:
        running = status
        if let kind = try channelMessage(status) {
          result.append(MIDIFile.Event(tick: tick, kind: kind))
        }
      case 0xf0, 0xf7:
        running = 0
        try skip(try number())
      case 0xff:
        running = 0
        let type = try byte()
        let length = try number()
        if type == 0x2f { return result }
        if let kind = try metaEvent(type, length) {
          result.append(MIDIFile.Event(tick: tick, kind: kind))
        }
      default:
        throw .missingStatus(at: position - 1)
      }
    }
    return result
  }

  private mutating func channelMessage(_ status: UInt8) throws(MIDIFileError) -> MIDIFile.Kind? {
    let channel = status & 0x0f
    let first = try byte() & 0x7f
    let kind = status & 0xf0
    if kind == 0xc0 { return .program(channel: channel, number: first) }
    if kind == 0xd0 { return nil }
    let second = try byte() & 0x7f
    switch kind {
    case 0x80: return .noteOff(channel: channel, note: first)
    case 0x90 where second == 0: return .noteOff(channel: channel, note: first)
    case 0x90: return .noteOn(channel: channel, note: first, velocity: second)
    case 0xb0: return .controller(channel: channel, number: first, value: second)
    case 0xe0: return .pitchBend(channel: channel, value: Int(second) << 7 | Int(first))
    default: return nil
    }
  }

  private mutating func metaEvent(
    _ type: UInt8, _ length: Int
  ) throws(MIDIFileError) -> MIDIFile.Kind? {
    let start = position
    try skip(length)
    let body = bytes[start..<start + length]
    switch type {
    case 1...15:
      return .text(type: type, String(decoding: body, as: UTF8.self))
    case 0x51 where length >= 3:
      let value = body.prefix(3).reduce(0) { $0 << 8 | Int($1) }
      return value > 0 ? .tempo(microsecondsPerQuarter: value) : nil
    case 0x58 where length >= 2:
      let unit = body[start + 1]
      guard body[start] > 0, unit <= 6 else { return nil }
      return .timeSignature(TimeSignature(beats: Int(body[start]), unit: 1 << Int(unit)))
    default:
      return nil
    }
  }
}

extension Int {
  /// The value of four big-endian bytes, read as little-endian ones (RIFF).
  fileprivate var littleEndian32: Int { Int(UInt32(truncatingIfNeeded: self).byteSwapped) }
}
