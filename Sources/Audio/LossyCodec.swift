internal import CSndFile
internal import Glibc

/// The encoders that music has been through before anybody hears it, for training data.
package enum LossyCodec: Hashable, Sendable {
  /// Constant bit rate; MP3 at 44.1 kHz knows 32 to 320 kbit/s.
  case mp3(kilobits: Int)
  /// 6 to 256 kbit/s.
  case opus(kilobits: Int)
  /// 0...1.
  case vorbis(quality: Double)

  /// libsndfile's encoders put a whole call's frames on the stack, so calls stay small.
  private static let blockFrames = 4_096
  /// Opus works at 48 kHz and nothing else near.
  private static let opusRate = 48_000

  /// Encodes and decodes mono samples of 44.1 kHz. The result has as many samples, none of them
  /// moved: both libraries take their delay out again. What is beyond full scale is clipped.
  package func roundTrip(_ samples: [Float]) throws(AudioError) -> [Float] {
    guard !samples.isEmpty else { return samples }
    var info = SF_INFO()
    info.channels = 1
    info.samplerate = 44_100
    var input = samples
    var level = 0.0
    switch self {
    case .mp3(let kilobits):
      info.format = Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
      level = Double(320 - kilobits) / (320 - 32)
    case .opus(let kilobits):
      info.format = Int32(SF_FORMAT_OGG | SF_FORMAT_OPUS)
      info.samplerate = Int32(Self.opusRate)
      level = Double(256 - kilobits) / (256 - 6)
      input = try Resampler.resample(samples, from: 44_100, to: Self.opusRate)
    case .vorbis(let quality):
      info.format = Int32(SF_FORMAT_OGG | SF_FORMAT_VORBIS)
      level = 1 - quality
    }
    // LAME ends the process over a sample that is not a number.
    for i in input.indices { input[i] = input[i].isFinite ? min(max(input[i], -1), 1) : 0 }
    var output = try Self.through(input, info, level: min(max(level, 0), 1))
    if info.samplerate != 44_100 {
      output = try Resampler.resample(output, from: Self.opusRate, to: 44_100)
    }
    output.removeLast(max(0, output.count - samples.count))
    return output + Array(repeating: 0, count: samples.count - output.count)
  }

  private static func through(
    _ samples: [Float], _ info: SF_INFO, level: Double
  ) throws(AudioError) -> [Float] {
    let name = "encoded audio"
    guard let stream = unsafe tmpfile() else {
      throw AudioError(name: name, stage: .write, reason: SystemError.text())
    }
    defer { _ = unsafe fclose(stream) }
    let descriptor = unsafe fileno(stream)
    var encoder = try SndFile(writing: descriptor, info: info, name: name)
    encoder.setConstantBitRate(compression: level)
    var position = 0
    while position < samples.count {
      let count = min(blockFrames, samples.count - position)
      try encoder.write(Array(samples[position..<position + count]), frames: count)
      position += count
    }
    try encoder.close()
    return try AudioFile.decode(descriptor: descriptor, name: name).buffer.channels[0]
  }
}
