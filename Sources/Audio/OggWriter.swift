internal import CSndFile
internal import Glibc

/// Writes the song's audio as the games like it best: one stereo Ogg Vorbis file at 44.1 or 48 kHz,
/// behind a lead-in.
///
/// Encoding takes long and the lead-in is known late. So the song is encoded first, into a file
/// without a name behind a little silence; at the end the rest of the silence is put in front
/// (``LeadIn``). A song that is such a file already is not encoded at all.
package final class OggWriter: Sendable {
  /// q6 to q7: about 200 kbit/s, transparent for music, and what chart reviewers ask for.
  package static let defaultQuality = 0.65

  /// What was written.
  package struct Result: Hashable, Sendable {
    /// Length of the file in seconds.
    package var seconds: Double
    /// What the samples were multiplied by; below 1 where the song would have clipped.
    package var gain: Float
    /// The largest sample that a player will decode.
    package var peak: Float
  }

  private let audio: any AudioStream
  private let path: String
  private let quality: Double
  /// The song at the rate of the file.
  private let rate: Int
  private let frames: Int
  /// The song behind `opening` frames of silence, in a file that is gone when this is.
  private let encoded: MediaFile
  private let owner: OwnedDescriptor?
  private let opening: Int
  private let gain: Float
  private let peak: Float

  /// Decibels below full scale: lossy encoding moves peaks up by as much as this, now and then.
  static let headroom: Float = 0.89
  /// Frames of silence that are encoded before the song. Far enough from it the encoder's first
  /// blocks are those that ``LeadIn`` needs.
  private static let usualOpening = 3_072
  /// Each time the peak of what came out is known better; a second time is rare already.
  private static let attempts = 4

  /// Encodes a song, decodes what came out and compares it with the song.
  ///
  /// Mono becomes two equal channels. Audio near or beyond full scale, as decoded MP3s are, is turned
  /// down as a whole until nothing clips.
  /// - Parameters:
  ///   - peak: The largest absolute sample of the song.
  ///   - path: Where the file is going to be; nothing stays there yet.
  ///   - isWanted: Asked now and then whether to go on.
  /// - Throws: also when what is read back is not the song: another length, shifted, or silent.
  package convenience init(
    _ audio: any AudioStream, peak: Float, to path: String,
    quality: Double = defaultQuality, isWanted: () -> Bool = { true }
  ) throws(AudioError) {
    try self.init(
      audio, gain: peak > Self.headroom ? Self.headroom / peak : 1, to: path, quality: quality,
      opening: Self.usualOpening, isWanted: isWanted)
  }

  /// The same for the song in a file, which is taken as it is where that can be.
  package convenience init(
    _ song: SongSurvey, to path: String, quality: Double = defaultQuality,
    isWanted: () -> Bool = { true }
  ) throws(AudioError) {
    if let file = try song.playable() {
      self.init(song, asItIs: file, to: path, quality: quality)
    } else {
      try self.init(song, peak: song.peak, to: path, quality: quality, isWanted: isWanted)
    }
  }

  private init(_ song: SongSurvey, asItIs file: MediaFile, to path: String, quality: Double) {
    (audio, rate, frames) = (song, song.sampleRate, song.frameCount)
    (gain, peak) = (1, song.peak)
    (encoded, opening) = (file, 0)
    owner = nil
    self.path = path
    self.quality = quality
  }

  private init(
    _ audio: any AudioStream, gain: Float, to path: String, quality: Double, opening: Int,
    isWanted: () -> Bool
  ) throws(AudioError) {
    precondition((0...1).contains(quality))
    self.audio = audio
    self.path = path
    self.quality = quality
    self.opening = opening
    rate = Self.outputRate(audio.sampleRate)
    frames = Int((Double(audio.frameCount) * Double(rate) / Double(audio.sampleRate)).rounded())
    let file = try OwnedDescriptor(creating: path)
    unsafe unlink(path)
    let encoding = VorbisEncoding(
      audio: audio, rate: rate, frames: frames, opening: opening, quality: quality, name: path)
    var gain = gain
    for _ in 0..<Self.attempts {
      guard ftruncate(file.number, 0) == 0, lseek(file.number, 0, SEEK_SET) == 0 else {
        throw AudioError(name: path, stage: .write, reason: SystemError.text())
      }
      let pieces = try encoding.write(to: file, gain: gain, isWanted: isWanted)
      let written = try MediaFile(descriptor: file.number, name: path)
      try Self.checkEnd(written, frames: opening + frames)
      let check = try OggCheck(
        written, pieces: pieces, rate: rate, gain: gain, silence: opening)
      if let fault = check.fault { throw AudioError(name: path, stage: .write, reason: fault) }
      if check.peak <= 1 {
        self.gain = gain
        self.peak = check.peak
        encoded = written
        owner = consume file
        return
      }
      gain *= 0.98 / check.peak
    }
    throw AudioError(
      name: path, stage: .write, reason: "the encoder's output clips however low its input is")
  }

  /// Writes the new file, with exactly `round(leadIn * rate)` samples of silence before the song.
  package func finish(leadIn: Double) throws(AudioError) -> Result {
    precondition(leadIn >= 0)
    let silence = Int((leadIn * Double(rate)).rounded())
    if let peak = try splice(behind: silence) {
      return Result(seconds: Double(silence + frames) / Double(rate), gain: gain, peak: peak)
    }
    // A song that begins at once, or an encoder that begins otherwise than ours does.
    return try OggWriter(
      audio, gain: gain, to: path, quality: quality, opening: silence, isWanted: { true }
    ).finish(leadIn: leadIn)
  }

  /// Writes what is encoded behind so much silence and gives its peak, or writes nothing where that
  /// cannot be done.
  private func splice(behind silence: Int) throws(AudioError) -> Float? {
    let added = silence - opening
    let splice = try OggSplice(encoded)
    guard added == 0 || added >= LeadIn.shortest && splice.takesSilence else { return nil }
    let file = try OwnedDescriptor(creating: path)
    try splice.write(added: added, to: file)
    let written = try MediaFile(descriptor: file.number, name: path)
    try Self.checkEnd(written, frames: silence + frames)
    if try Self.startsAlike(written, added: added, as: encoded) { return peak }
    guard added > 0 else {
      throw AudioError(name: path, stage: .write, reason: "what was written is not the song")
    }
    unsafe unlink(path)
    return nil
  }

  /// 44.1 and 48 kHz stay; of the others each family goes to its own member.
  static func outputRate(_ rate: Int) -> Int {
    if rate == 44_100 || rate == 48_000 { return rate }
    return rate % 11_025 == 0 ? 44_100 : 48_000
  }

  /// libsndfile does not report every failed write, such as the one that fills the disk at the very
  /// end.
  private static func checkEnd(_ file: MediaFile, frames: Int) throws(AudioError) {
    guard try ends(file, frames: frames) else {
      throw AudioError(name: file.name, stage: .write, reason: "the disk did not take all of it")
    }
  }

  /// Whether the last page says that the stream ends and is so long.
  static func ends(_ file: MediaFile, frames: Int) throws(AudioError) -> Bool {
    // A page has at most 65,307 bytes.
    let tail = try file.bytes(at: max(0, file.size - 65_536), count: 65_536)
    let last = tail.indices.last { tail[$0...].starts(with: "OggS".utf8) }
    guard let last, tail.count >= last + 14 else { return false }
    let length = tail[last + 6..<last + 14].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    return tail[last + 5] & 4 != 0 && length == frames
  }

  /// Decodes the beginning again: silence, and then the same samples as without it. A stream that
  /// does not begin in silence is heard to rise in the last of the added samples.
  private static func startsAlike(
    _ file: MediaFile, added: Int, as source: MediaFile
  ) throws(AudioError) -> Bool {
    let long = try SndFile(file, start: 0)
    let short = try SndFile(source, start: 0)
    var block = [Float](repeating: 0, count: 2 * comparedFrames)
    var wanted = block
    var rest = added
    var rise: Float = 0
    while rest > 0 {
      let count = long.read(into: &block, frames: min(rest, comparedFrames))
      guard count > 0 else { return false }
      let silent = min(count, max(0, rest - LeadIn.rise))
      if block[..<(2 * silent)].contains(where: { $0 != 0 }) { return false }
      rise = block[2 * silent..<2 * count].reduce(rise) { max($0, abs($1)) }
      rest -= count
    }
    let count = short.read(into: &wanted, frames: comparedFrames)
    guard long.read(into: &block, frames: count) == count,
      block[..<(2 * count)] == wanted[..<(2 * count)]
    else { return false }
    return rise <= wanted[..<(2 * min(count, LeadIn.rise))].reduce(0) { max($0, abs($1)) }
  }

  private static let comparedFrames = 1 << 16
}
