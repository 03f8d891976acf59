/// Silence in front of a Vorbis stream that is encoded already, made of packets that say "nothing"
/// (Vorbis I specification, 4.3 and appendix A.2).
///
/// Each packet adds a quarter of its block and of the one before, so that packets reach every
/// multiple of half a short block. The rest, below that, is what the stream's first page tells players
/// to drop: one that does not know how comes a millisecond late.
struct LeadIn {
  /// One byte each.
  let packets: [UInt8]
  /// Samples that each packet completes, together with the stream's first in the end: one more than
  /// there are packets.
  private let steps: [Int]
  /// Samples at the front that players drop.
  private let dropped: Int

  /// Block sizes of libvorbis at 44.1 and 48 kHz in samples, short and long.
  private static let short = 256
  private static let long = 2_048
  /// Packets without sound in either channel. The long ones tell their neighbours' sizes: nothing
  /// short, a short one before, a short one after, both.
  private static let quietShort: UInt8 = 0b0000
  private static let quietLong: UInt8 = 0b1110
  private static let quietAfterShort: UInt8 = 0b1010
  private static let quietBeforeShort: UInt8 = 0b0110
  private static let quietBetweenShort: UInt8 = 0b0010
  /// The identification header's byte with both sizes' logarithms, and where it stands.
  private static let sizes: (offset: Int, value: UInt8) = (28, 0xB8)
  /// Where the number of channels stands.
  private static let channels = 11

  /// Whether a stream of two channels can be put behind such silence: it has libvorbis's sizes and
  /// begins with a short block, as libvorbis always does.
  static func fits(headers: [[UInt8]], first: [UInt8]) -> Bool {
    guard headers.count == 3, let opening = headers.first, opening.count > sizes.offset,
      opening.dropFirst().starts(with: "vorbis".utf8)
    else { return false }
    return opening[channels] == 2 && opening[sizes.offset] == sizes.value
      && first.first.map { $0 & 0b11 } == quietShort
  }

  /// The fewest samples that any silence can have.
  static let shortest = (short + long) / 2
  /// So many samples before its own first one a stream's first block is heard to rise, which begins
  /// unheard where there is nothing before it.
  static let rise = short / 2

  /// - Parameter frames: at least ``shortest``.
  init(frames: Int) {
    precondition(frames >= Self.shortest)
    let unit = Self.short / 2
    let half = unit / 2
    let total = (frames + half - 1) / half * half
    dropped = total - frames
    // From a long block to a short one; where half a unit is left over, once more the other way.
    let slope = (Self.short + Self.long) / 4
    let beginsShort = (total - slope) % unit != 0
    let rest = total - (beginsShort ? 2 * slope : slope)
    let longs = 1 + rest / (Self.long / 2)
    let shorts = rest % (Self.long / 2) / unit
    var packets = [UInt8](repeating: Self.quietLong, count: longs)
    var steps = [Int](repeating: Self.long / 2, count: longs)
    packets[longs - 1] = longs == 1 && beginsShort ? Self.quietBetweenShort : Self.quietBeforeShort
    steps[0] = 0
    if beginsShort {
      if longs > 1 { packets[0] = Self.quietAfterShort }
      packets.insert(Self.quietShort, at: 0)
      steps.insert(0, at: 0)
      steps[1] = slope
    }
    steps.append(slope)
    for _ in 0..<shorts {
      packets.append(Self.quietShort)
      steps.append(unit)
    }
    self.packets = packets
    self.steps = steps
  }

  /// The packets on pages of the stream, the first of which is number `sequence`.
  func pages(serial: UInt32, sequence: UInt32) -> [OggPage] {
    var granule = 0
    return stride(from: 0, to: packets.count, by: Self.packetsPerPage).enumerated().map {
      let range = $1..<min(packets.count, $1 + Self.packetsPerPage)
      granule += steps[range].reduce(0, +)
      return OggPage(
        flags: 0, granule: UInt64(granule - dropped), serial: serial,
        sequence: sequence + UInt32($0), segments: range.map { _ in 1 },
        content: Array(packets[range]))
    }
  }

  /// As many as a page holds.
  private static let packetsPerPage = 255
}
