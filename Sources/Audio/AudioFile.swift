/// Reads a song from a file, whatever its name says it is.
package enum AudioFile {
  /// Decodes a whole file.
  ///
  /// Truncated and damaged files decode as far as they go. Digital silence is no error here.
  /// - Throws: when it cannot be opened, is no audio that can be read, holds none, or breaks a
  ///   limit.
  package static func decode(path: String, limits: DecodeLimits = .init()) throws(AudioError)
    -> DecodedSong
  {
    let file = try OwnedDescriptor(reading: path)
    return try decode(descriptor: file.number, name: lastComponent(path), limits: limits)
  }

  /// Decodes from an open descriptor, which stays the caller's; its offset is neither used nor
  /// changed. `name` is for messages only.
  package static func decode(
    descriptor: Int32, name: String, limits: DecodeLimits = .init()
  ) throws(AudioError) -> DecodedSong {
    var channels: [[Float]] = []
    var rate = 0
    let ending = try read(descriptor: descriptor, name: name, limits: limits) {
      (block) throws(AudioError) in
      rate = block.sampleRate
      if channels.isEmpty { channels = block.channels.map { _ in [] } }
      guard (channels[0].count + block.frameCount) * channels.count <= limits.samples else {
        throw AudioError(
          name: name, stage: .decode, reason: "it is too long at \(rate) Hz to fit in memory")
      }
      for (index, samples) in block.channels.enumerated() { channels[index] += samples }
      return true
    }
    return DecodedSong(
      buffer: AudioBuffer(channels: channels, sampleRate: rate), tags: ending.tags,
      format: ending.format)
  }

  /// What is known of a file at its end.
  struct Ending {
    var tags: SongTags
    /// For people, such as `MP3, 44100 Hz, stereo`.
    var format: String
  }

  /// Decodes a file block by block; at least one frame is handed out. All blocks have the same rate
  /// and number of channels, one or two. Ends early where `take` returns `false`.
  static func read(
    descriptor: Int32, name: String, limits: DecodeLimits,
    _ take: (AudioBuffer) throws(AudioError) -> Bool
  ) throws(AudioError) -> Ending {
    let file = try MediaFile(descriptor: descriptor, name: name)
    guard file.size <= limits.fileBytes else {
      throw AudioError(
        name: name, stage: .recognise,
        reason: "it is larger than the limit of \(limits.fileBytes >> 20) MiB")
    }
    switch try Container.of(file) {
    case .mpeg(let firstFrame):
      return try MP3Decoder(file, firstFrame: firstFrame).read(limits: limits, take)
    case .sndfile(let start):
      return try SndFileDecoder.read(file, start: start, limits: limits, take)
    case .oggFLAC(let start):
      var ending = try SndFileDecoder.read(
        OggPackets.plainFLAC(file, start: start), start: 0, limits: limits, take)
      ending.format = "Ogg " + ending.format
      return ending
    case .unreadable(let reason):
      throw AudioError(name: name, stage: .recognise, reason: reason)
    }
  }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
