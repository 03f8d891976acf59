internal import Glibc

/// An encoded stream that is written once more, with silence in front of it.
struct OggSplice {
  private let source: MediaFile
  private let serial: UInt32
  /// Whether silence can be put before the stream.
  let takesSilence: Bool

  init(_ source: MediaFile) throws(AudioError) {
    var reader = OggPageReader(source, start: 0, limit: source.size)
    var headers: [[UInt8]] = []
    var open: [UInt8] = []
    var serial: UInt32 = 0
    while headers.count < Self.headerCount, let page = try reader.next() {
      page.addPackets(to: &headers, open: &open)
      serial = page.serial
    }
    var first: [[UInt8]] = []
    try reader.next()?.addPackets(to: &first, open: &open)
    takesSilence = LeadIn.fits(headers: headers, first: first.first ?? [])
    self.source = source
    self.serial = serial
  }

  /// Of Vorbis. The third ends its page: audio begins on a fresh one.
  private static let headerCount = 3

  /// - Parameter added: Frames of silence; none, or as many as ``LeadIn`` can make.
  func write(added: Int, to file: borrowing OwnedDescriptor) throws(AudioError) {
    var reader = OggPageReader(source, start: 0, limit: source.size)
    var output = BufferedOutput(file.number, name: source.name)
    var packets: [[UInt8]] = []
    var open: [UInt8] = []
    var sequence: UInt32 = 0
    func copy(_ page: OggPage, later: Int) throws(AudioError) {
      var page = page
      page.sequence = sequence
      if page.hasGranule { page.granule += UInt64(later) }
      sequence += 1
      try output.put(page.bytes)
    }
    while packets.count < Self.headerCount, let page = try reader.next() {
      page.addPackets(to: &packets, open: &open)
      try copy(page, later: 0)
    }
    if added > 0 {
      for page in LeadIn(frames: added).pages(serial: serial, sequence: sequence) {
        try copy(page, later: 0)
      }
    }
    while let page = try reader.next() { try copy(page, later: added) }
    try output.flush()
  }
}

/// Writes small pieces to a descriptor as large ones.
private struct BufferedOutput {
  private let file: Int32
  private let name: String
  private var bytes: [UInt8] = []
  private static let size = 1 << 18

  init(_ file: Int32, name: String) {
    self.file = file
    self.name = name
  }

  mutating func put(_ more: [UInt8]) throws(AudioError) {
    bytes += more
    if bytes.count >= Self.size { try flush() }
  }

  mutating func flush() throws(AudioError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(file, $0.baseAddress! + done, bytes.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw AudioError(name: name, stage: .write, reason: SystemError.text())
      }
      done += count
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
