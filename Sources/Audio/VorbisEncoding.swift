internal import CSndFile

/// How a song becomes Ogg Vorbis, once or several times.
struct VorbisEncoding {
  let audio: any AudioStream
  /// Of the file, and the song's frames at that rate.
  let rate: Int
  let frames: Int
  /// Frames of silence before the song.
  let opening: Int
  /// 0...1.
  let quality: Double
  let name: String

  /// libsndfile's Vorbis encoder puts a whole call's frames on the stack, so calls stay small.
  private static let blockFrames = 4_096

  /// Encodes the whole song, multiplied by `gain`, and gives the pieces that it is known by.
  func write(
    to file: borrowing OwnedDescriptor, gain: Float, isWanted: () -> Bool
  ) throws(AudioError) -> SongPieces {
    var info = SF_INFO()
    info.samplerate = Int32(rate)
    info.channels = 2
    info.format = Int32(SF_FORMAT_OGG | SF_FORMAT_VORBIS)
    var ogg = try SndFile(writing: file.number, info: info, name: name)
    ogg.setQuality(quality)
    let silence = [Float](repeating: 0, count: opening)
    try Self.put([silence, silence], gain: 1, into: ogg)
    let resamplers = [
      try StreamResampler(from: audio.sampleRate, to: rate),
      try StreamResampler(from: audio.sampleRate, to: rate),
    ]
    var pieces = SongPieces(frameCount: frames)
    try audio.read { (block) throws(AudioError) in
      guard isWanted() else { return false }
      var channels: [[Float]] = []
      for (index, samples) in block.channels.enumerated() {
        channels.append(try resamplers[index].resample(samples))
      }
      pieces.append(channels[0])
      try Self.put(channels, gain: gain, into: ogg)
      return true
    }
    var tails = [try resamplers[0].finish()]
    let second = try resamplers[1].finish()
    if !second.isEmpty { tails.append(second) }
    pieces.append(tails[0])
    try Self.put(tails, gain: gain, into: ogg)
    try ogg.close()
    return pieces
  }

  private static func put(
    _ channels: [[Float]], gain: Float, into ogg: borrowing SndFile
  ) throws(AudioError) {
    let (left, right) = (channels[0], channels[channels.count - 1])
    var block = [Float](repeating: 0, count: 2 * min(blockFrames, left.count))
    for start in stride(from: 0, to: left.count, by: blockFrames) {
      let count = min(blockFrames, left.count - start)
      for i in 0..<count {
        block[2 * i] = left[start + i] * gain
        block[2 * i + 1] = right[start + i] * gain
      }
      try ogg.write(block, frames: count)
    }
  }
}
