internal import CSndFile
internal import Glibc

/// Writes the song's audio as the games like it best: one stereo Ogg Vorbis file at 44.1 or 48 kHz.
package enum OggWriter {
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

  /// Decibels below full scale: lossy encoding moves peaks up by as much as this, now and then.
  static let headroom: Float = 0.89
  /// libsndfile's Vorbis encoder puts a whole call's frames on the stack, so calls stay small.
  private static let blockFrames = 4_096
  /// Each time the peak of what came out is known better; a second time is rare already.
  private static let attempts = 4

  /// Writes a new file at `path`, decodes it again and compares it with the song.
  ///
  /// `leadIn` seconds of silence come first, as exactly `round(leadIn * rate)` samples. Mono
  /// becomes two equal channels. Audio near or beyond full scale, as decoded MP3s are, is turned
  /// down as a whole until nothing clips.
  /// - Throws: also when what is read back is not the song: another length, shifted, or silent.
  @discardableResult
  package static func write(
    _ buffer: AudioBuffer, leadIn: Double, to path: String, quality: Double = defaultQuality
  ) throws(AudioError) -> Result {
    precondition(leadIn >= 0 && (0...1).contains(quality))
    let rate = outputRate(buffer.sampleRate)
    let audio = try buffer.resampled(to: rate)
    let silence = Int((leadIn * Double(rate)).rounded())
    let peak = audio.peak
    var gain = peak > headroom ? headroom / peak : 1
    let file = try OwnedDescriptor(creating: path)
    for _ in 0..<attempts {
      guard ftruncate(file.number, 0) == 0, lseek(file.number, 0, SEEK_SET) == 0 else {
        throw AudioError(name: path, stage: .write, reason: SystemError.text())
      }
      try encode(audio, gain: gain, silence: silence, quality: quality, to: file, name: path)
      let written = try MediaFile(descriptor: file.number, name: path)
      try checkEnd(written, frames: silence + audio.frameCount)
      let check = try OggCheck(written, source: audio, gain: gain, silence: silence)
      if let fault = check.fault { throw AudioError(name: path, stage: .write, reason: fault) }
      if check.peak <= 1 {
        return Result(
          seconds: Double(silence + audio.frameCount) / Double(rate), gain: gain,
          peak: check.peak)
      }
      gain *= 0.98 / check.peak
    }
    throw AudioError(
      name: path, stage: .write, reason: "the encoder's output clips however low its input is")
  }

  private static func encode(
    _ audio: AudioBuffer, gain: Float, silence: Int, quality: Double,
    to file: borrowing OwnedDescriptor, name: String
  ) throws(AudioError) {
    var info = SF_INFO()
    info.samplerate = Int32(audio.sampleRate)
    info.channels = 2
    info.format = Int32(SF_FORMAT_OGG | SF_FORMAT_VORBIS)
    var ogg = try SndFile(writing: file.number, info: info, name: name)
    ogg.setQuality(quality)
    let left = audio.channels[0]
    let right = audio.channels[audio.channels.count - 1]
    let total = silence + audio.frameCount
    var block = [Float](repeating: 0, count: 2 * blockFrames)
    var position = 0
    while position < total {
      let frames = min(blockFrames, total - position)
      let quiet = min(frames, max(0, silence - position))
      for i in 0..<2 * quiet { block[i] = 0 }
      for i in quiet..<frames {
        let source = position + i - silence
        block[2 * i] = left[source] * gain
        block[2 * i + 1] = right[source] * gain
      }
      try ogg.write(block, frames: frames)
      position += frames
    }
    try ogg.close()
  }

  /// 44.1 and 48 kHz stay; of the others each family goes to its own member.
  static func outputRate(_ rate: Int) -> Int {
    if rate == 44_100 || rate == 48_000 { return rate }
    return rate % 11_025 == 0 ? 44_100 : 48_000
  }

  /// The last page must say that the stream ends and how long it is: libsndfile does not report
  /// every failed write, such as the one that fills the disk at the very end.
  private static func checkEnd(_ file: MediaFile, frames: Int) throws(AudioError) {
    // A page has at most 65,307 bytes.
    let tail = try file.bytes(at: max(0, file.size - 65_536), count: 65_536)
    let last = tail.indices.last { tail[$0...].starts(with: "OggS".utf8) }
    guard let last, tail.count >= last + 14, tail[last + 5] & 4 != 0,
      tail[last + 6..<last + 14].reversed().reduce(0, { $0 << 8 | Int($1) }) == frames
    else {
      throw AudioError(name: file.name, stage: .write, reason: "the disk did not take all of it")
    }
  }
}
