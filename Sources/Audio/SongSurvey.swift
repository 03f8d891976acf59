/// What is known of a song's file once it has been read through, and its audio again, block by
/// block, without ever holding all of it.
package struct SongSurvey: AudioStream {
  package let tags: SongTags
  /// For people, such as `MP3, 44100 Hz, stereo`.
  package let format: String
  package let sampleRate: Int
  /// One or two; more are folded to stereo.
  package let channels: Int
  package let frameCount: Int
  /// The largest absolute sample.
  package let peak: Float
  private let descriptor: Int32
  private let name: String
  private let limits: DecodeLimits
  /// The descriptor's owner, where it is ours.
  private var file: OpenFile?

  private final class OpenFile: Sendable {
    let descriptor: OwnedDescriptor
    init(_ path: String) throws(AudioError) { descriptor = try OwnedDescriptor(reading: path) }
  }

  /// Reads the whole song in a file, which stays open as long as this is kept.
  ///
  /// - Throws: as ``AudioFile/decode(path:limits:)``.
  package init(path: String, limits: DecodeLimits = .init()) throws(AudioError) {
    let file = try OpenFile(path)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try self.init(descriptor: file.descriptor.number, name: name, limits: limits)
    self.file = file
  }

  /// Reads the whole song behind a descriptor, which stays the caller's and must stay open as long
  /// as the audio is wanted; its offset is neither used nor changed. `name` is for messages only.
  ///
  /// - Throws: as ``AudioFile/decode(descriptor:name:limits:)``.
  package init(
    descriptor: Int32, name: String, limits: DecodeLimits = .init()
  ) throws(AudioError) {
    var (frames, peak, channels, rate) = (0, Float(0), 0, 0)
    let ending = try AudioFile.read(descriptor: descriptor, name: name, limits: limits) { block in
      frames += block.frameCount
      peak = max(peak, block.peak)
      (channels, rate) = (block.channels.count, block.sampleRate)
      return true
    }
    tags = ending.tags
    format = ending.format
    sampleRate = rate
    self.channels = channels
    frameCount = frames
    self.peak = peak
    self.descriptor = descriptor
    self.name = name
    self.limits = limits
  }

  /// The file itself where games can play it as it is: one stereo stream of Ogg Vorbis at a rate
  /// that they like, which does not clip, and before which silence can be put.
  func playable() throws(AudioError) -> MediaFile? {
    guard channels == 2, peak <= 1, OggWriter.outputRate(sampleRate) == sampleRate else {
      return nil
    }
    let file = try MediaFile(descriptor: descriptor, name: name)
    guard try Container.of(file) == .sndfile(start: 0), try OggSplice(file).takesSilence,
      try OggWriter.ends(file, frames: frameCount)
    else { return nil }
    return file
  }

  package func read(_ take: (AudioBuffer) throws(AudioError) -> Bool) throws(AudioError) {
    _ = try AudioFile.read(descriptor: descriptor, name: name, limits: limits, take)
  }
}
