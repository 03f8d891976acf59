internal import CSndFile
internal import Glibc

/// One libsndfile handle.
@safe struct SndFile: ~Copyable {
  private var handle: OpaquePointer?
  private let cursor: HeapCursor
  let info: SF_INFO
  let name: String

  /// Opens a container that begins at `start` bytes, for reading.
  init(_ file: MediaFile, start: Int) throws(AudioError) {
    let cursor = HeapCursor(file, from: start)
    var functions = unsafe SF_VIRTUAL_IO(
      get_filelen: { unsafe sf_count_t(SndFile.cursor($0).pointee.length) },
      seek: { unsafe sf_count_t(SndFile.cursor($2).pointee.seek(Int($0), whence: $1)) },
      read: { buffer, count, context in
        unsafe sf_count_t(SndFile.cursor(context).pointee.read(into: buffer!, count: Int(count)))
      },
      write: { _, _, _ in 0 },
      tell: { unsafe sf_count_t(SndFile.cursor($0).pointee.position) })
    var info = SF_INFO()
    let mode = Int32(SFM_READ)
    guard let handle = unsafe sf_open_virtual(&functions, mode, &info, cursor.pointer) else {
      throw AudioError(name: file.name, stage: .decode, reason: Self.words(nil))
    }
    unsafe self.handle = handle
    self.cursor = cursor
    self.info = info
    name = file.name
  }

  /// Opens a descriptor for writing; it stays the caller's.
  init(writing descriptor: Int32, info wanted: SF_INFO, name: String) throws(AudioError) {
    var info = wanted
    guard let handle = unsafe sf_open_fd(descriptor, Int32(SFM_WRITE), &info, 0) else {
      throw AudioError(name: name, stage: .write, reason: Self.words(nil))
    }
    unsafe self.handle = handle
    cursor = HeapCursor(MediaFile(bytes: [], name: name))
    self.info = info
    self.name = name
  }

  deinit {
    if let handle = unsafe handle { unsafe sf_close(handle) }
  }

  /// Reads up to `frames` interleaved frames into the front of `block`; 0 at the end or at
  /// damage that cannot be passed.
  func read(into block: inout [Float], frames: Int) -> Int {
    max(0, Int(unsafe sf_readf_float(handle, &block, sf_count_t(frames))))
  }

  func write(_ block: [Float], frames: Int) throws(AudioError) {
    errno = 0
    guard unsafe sf_writef_float(handle, block, sf_count_t(frames)) == frames else {
      // The system's words say more than the library's "internal error" about a full disk.
      let reason = errno == 0 ? Self.words(unsafe handle) : SystemError.text()
      throw AudioError(name: name, stage: .write, reason: reason)
    }
  }

  /// Finishes a written file and reports what went wrong on the way. Nothing may follow.
  mutating func close() throws(AudioError) {
    let failure = unsafe sf_error(handle)
    let words = Self.words(unsafe handle)
    let result = unsafe sf_close(handle)
    unsafe handle = nil
    guard failure == 0, result == 0 else {
      throw AudioError(name: name, stage: .write, reason: words)
    }
  }

  /// Throws when a read has failed on the way.
  func checkReads(_ file: MediaFile) throws(AudioError) {
    try file.check(cursor.value)
  }

  /// Vorbis quality, 0...1.
  func setQuality(_ quality: Double) {
    var quality = quality
    unsafe _ = sf_command(
      handle, Int32(SFC_SET_VBR_ENCODING_QUALITY), &quality, Int32(MemoryLayout<Double>.size))
  }

  /// Asks an encoder for a constant bit rate where it has the choice: compression 0 is its
  /// highest, 1 its lowest.
  func setConstantBitRate(compression: Double) {
    var mode = Int32(SF_BITRATE_MODE_CONSTANT)
    unsafe _ = sf_command(
      handle, Int32(SFC_SET_BITRATE_MODE), &mode, Int32(MemoryLayout<Int32>.size))
    var level = compression
    unsafe _ = sf_command(
      handle, Int32(SFC_SET_COMPRESSION_LEVEL), &level, Int32(MemoryLayout<Double>.size))
  }

  /// The loudspeakers of the channels, where the container names them all.
  func roles() -> [ChannelFold.Role]? {
    var map = [Int32](repeating: 0, count: Int(info.channels))
    let bytes = Int32(map.count * MemoryLayout<Int32>.size)
    guard unsafe sf_command(handle, Int32(SFC_GET_CHANNEL_MAP_INFO), &map, bytes) != 0 else {
      return nil
    }
    let roles = map.compactMap(Self.role)
    return roles.count == map.count ? roles : nil
  }

  /// The tags that libsndfile reads itself (RIFF INFO, AIFF NAME and AUTH, Vorbis comments).
  func tags() -> SongTags {
    var tags = SongTags()
    tags.title = text(SF_STR_TITLE)
    tags.artist = text(SF_STR_ARTIST)
    tags.album = text(SF_STR_ALBUM)
    tags.genre = ID3Genre.name(text(SF_STR_GENRE))
    tags.year = SongTags.year(in: text(SF_STR_DATE))
    tags.track = SongTags.track(in: text(SF_STR_TRACKNUMBER))
    return tags
  }

  private func text(_ kind: Int) -> String? {
    guard let words = unsafe sf_get_string(handle, Int32(kind)) else { return nil }
    let bytes = unsafe UnsafeBufferPointer(
      start: UnsafeRawPointer(words).assumingMemoryBound(to: UInt8.self), count: strlen(words))
    return SongTags.cleaned(LegacyText.string(unsafe Array(bytes)))
  }

  private static func cursor(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<
    ReadCursor
  > {
    unsafe context!.assumingMemoryBound(to: ReadCursor.self)
  }

  /// libsndfile's own words, without its closing full stop.
  @safe private static func words(_ handle: OpaquePointer?) -> String {
    let words = unsafe String(cString: sf_strerror(handle))
    return "libsndfile says: " + words.prefix { $0 != "\n" }.drop(while: \.isWhitespace)
  }

  private static func role(_ code: Int32) -> ChannelFold.Role? {
    switch Int(code) {
    case SF_CHANNEL_MAP_LEFT, SF_CHANNEL_MAP_FRONT_LEFT, SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER:
      .left
    case SF_CHANNEL_MAP_RIGHT, SF_CHANNEL_MAP_FRONT_RIGHT, SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER:
      .right
    case SF_CHANNEL_MAP_MONO, SF_CHANNEL_MAP_CENTER, SF_CHANNEL_MAP_FRONT_CENTER: .centre
    case SF_CHANNEL_MAP_REAR_CENTER: .rearCentre
    case SF_CHANNEL_MAP_REAR_LEFT, SF_CHANNEL_MAP_SIDE_LEFT: .sideLeft
    case SF_CHANNEL_MAP_REAR_RIGHT, SF_CHANNEL_MAP_SIDE_RIGHT: .sideRight
    case SF_CHANNEL_MAP_LFE: .lowFrequency
    default: nil
    }
  }
}
