internal import CSndFile

/// Writes the song's audio as the games like it best: one stereo Ogg Vorbis file at 44.1 or 48 kHz.
package enum OggWriter {
  /// q6 to q7: about 200 kbit/s, transparent for music, and what chart reviewers ask for.
  package static let defaultQuality = 0.65

  /// libsndfile's Vorbis encoder puts a whole call's frames on the stack, so calls stay small.
  private static let blockFrames = 4_096

  /// Writes a new file at `path` and returns its length in seconds.
  ///
  /// `leadIn` seconds of silence come first, as exactly `round(leadIn * rate)` samples. Mono
  /// becomes two equal channels. Audio that goes beyond full scale, as decoded MP3s do, is turned
  /// down as a whole rather than clipped.
  @discardableResult
  package static func write(
    _ buffer: AudioBuffer, leadIn: Double, to path: String, quality: Double = defaultQuality
  ) throws(AudioError) -> Double {
    precondition(leadIn >= 0 && (0...1).contains(quality))
    let rate = outputRate(buffer.sampleRate)
    let audio = try buffer.resampled(to: rate)
    let peak = audio.peak
    let gain = peak > 1 ? 1 / peak : 1
    var info = SF_INFO()
    info.samplerate = Int32(rate)
    info.channels = 2
    info.format = Int32(SF_FORMAT_OGG | SF_FORMAT_VORBIS)
    let file = try OwnedDescriptor(creating: path)
    var ogg = try SndFile(writing: file.number, info: info, name: path)
    ogg.setQuality(quality)
    let silence = Int((leadIn * Double(rate)).rounded())
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
    try checkEnd(MediaFile(descriptor: file.number, name: path), frames: total)
    return Double(total) / Double(rate)
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
