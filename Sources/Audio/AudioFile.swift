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
    let file = try MediaFile(descriptor: descriptor, name: name)
    guard file.size <= limits.fileBytes else {
      throw AudioError(
        name: name, stage: .recognise,
        reason: "it is larger than the limit of \(limits.fileBytes >> 20) MiB")
    }
    switch try Container.of(file) {
    case .mpeg(let firstFrame):
      let decoder = try MP3Decoder(file, firstFrame: firstFrame)
      let buffer = try decoder.decode(limits: limits)
      return DecodedSong(
        buffer: buffer, tags: decoder.tags(),
        format: FormatName.text(
          "MP3", sampleRate: buffer.sampleRate, channels: buffer.channels.count))
    case .sndfile(let start):
      return try SndFileDecoder.decode(file, start: start, limits: limits)
    case .oggFLAC(let start):
      var song = try SndFileDecoder.decode(
        OggPackets.plainFLAC(file, start: start), start: 0, limits: limits)
      song.format = "Ogg " + song.format
      return song
    case .unreadable(let reason):
      throw AudioError(name: name, stage: .recognise, reason: reason)
    }
  }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
