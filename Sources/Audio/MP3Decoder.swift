internal import CMPG123

/// MPEG audio through libmpg123: float output, encoder delay and padding removed.
struct MP3Decoder: ~Copyable {
  private let handle: MP3Handle
  private let cursor: HeapCursor
  private let file: MediaFile

  /// Tags larger than this are skipped unread: libmpg123 would hold them in memory whole.
  private static let largestTag = 32 << 20

  /// Opens the stream. With an ID3v2 tag in front reading begins there, otherwise at the first
  /// frame that was found, past any junk.
  init(_ file: MediaFile, firstFrame: Int) throws(AudioError) {
    let tagLength = ID3.tagLength(try file.bytes(at: 0, count: 10))
    let cursor = HeapCursor(file, from: tagLength == nil ? firstFrame : 0)
    let handle = try MP3Handle(file.name)
    var flags = Int(MPG123_QUIET.rawValue | MPG123_GAPLESS.rawValue | MPG123_PICTURE.rawValue)
    if (tagLength ?? 0) > Self.largestTag { flags |= Int(MPG123_SKIP_ID3V2.rawValue) }
    try handle.set(MPG123_ADD_FLAGS, flags)
    // Junk of any length is passed over.
    try handle.set(MPG123_RESYNC_LIMIT, -1)
    try handle.allowFloatOnly()
    try handle.check(
      unsafe mpg123_replace_reader_handle(
        handle.raw,
        { context, buffer, count in
          unsafe context!.assumingMemoryBound(to: ReadCursor.self).pointee
            .read(into: buffer!, count: count)
        },
        { context, offset, whence in
          unsafe context!.assumingMemoryBound(to: ReadCursor.self).pointee
            .seek(offset, whence: whence)
        }, nil))
    try handle.check(unsafe mpg123_open_handle(handle.raw, cursor.pointer))
    self.handle = handle
    self.cursor = cursor
    self.file = file
  }

  /// Decodes to the end, or as far as the file goes: what is cut off or broken after the first
  /// good frames is no error. Everything is handed out in the format of the first frames.
  func read(
    limits: DecodeLimits, _ take: (AudioBuffer) throws(AudioError) -> Bool
  ) throws(AudioError) -> AudioFile.Ending {
    var joint = StreamJoint(name: file.name, limits: limits)
    var splitter: BlockSplitter?
    var segments = 0
    var block = [Float](repeating: 0, count: 16_384)
    reading: while true {
      var bytes = 0
      let result = unsafe mpg123_read(
        handle.raw, &block, block.count * MemoryLayout<Float>.stride, &bytes)
      if bytes > 0, let channels = splitter?.channels,
        let part = splitter?.split(block, frames: bytes / MemoryLayout<Float>.stride / channels)
      {
        if let reason = splitter?.refusal { throw refused(reason) }
        if try !joint.add(part, take) { break }
      }
      switch result {
      case Int32(MPG123_OK.rawValue): continue
      case Int32(MPG123_NEW_FORMAT.rawValue):
        splitter = try newSegment(limits)
        segments += 1
        if segments > Self.mostSegments { break reading }
      default: break reading
      }
    }
    try joint.finish(take)
    try file.check(cursor.value)
    guard let format = joint.format else {
      throw refused("there is no MPEG audio frame in it that can be decoded")
    }
    return AudioFile.Ending(
      tags: tags(),
      format: FormatName.text("MP3", sampleRate: format.sampleRate, channels: format.channels))
  }

  /// Streams glued together change format once or twice; noise taken for frames does so always.
  private static let mostSegments = 16

  private func newSegment(_ limits: DecodeLimits) throws(AudioError) -> BlockSplitter {
    var rate = 0
    var channels: Int32 = 0
    var encoding: Int32 = 0
    try handle.check(unsafe mpg123_getformat(handle.raw, &rate, &channels, &encoding))
    let count = Int(channels)
    if let reason = limits.refusal(frames: 0, sampleRate: rate, channels: count) {
      throw refused(reason)
    }
    return BlockSplitter(fileChannels: count, sampleRate: rate, limits: limits)
  }

  /// The tags, complete once everything has been decoded.
  private func tags() -> SongTags {
    var v1: UnsafeMutablePointer<mpg123_id3v1>?
    var v2: UnsafeMutablePointer<mpg123_id3v2>?
    guard unsafe mpg123_id3(handle.raw, &v1, &v2) == MPG123_OK.rawValue else { return SongTags() }
    var tags = SongTags()
    if let v2 = unsafe v2 { tags = unsafe MP3Tags.tags(v2.pointee) }
    if let v1 = unsafe v1 { unsafe MP3Tags.fill(&tags, from: v1.pointee) }
    return tags
  }

  private func refused(_ reason: String) -> AudioError {
    AudioError(name: file.name, stage: .decode, reason: reason)
  }
}
