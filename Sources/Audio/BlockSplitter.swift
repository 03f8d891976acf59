/// Makes planar blocks of decoded, interleaved ones: splits channels, folds more than two to stereo,
/// maps what is not a number to silence and counts against the limits.
struct BlockSplitter {
  /// Channels that come out: one or two.
  let channels: Int
  let sampleRate: Int
  private(set) var frameCount = 0
  private let fileChannels: Int
  private let fold: [ChannelFold.Weight]?
  private let limits: DecodeLimits

  /// `roles` are the loudspeakers of the file's channels, where the file says so.
  init(
    fileChannels: Int, sampleRate: Int, roles: [ChannelFold.Role]? = nil, limits: DecodeLimits
  ) {
    self.fileChannels = fileChannels
    self.sampleRate = sampleRate
    self.limits = limits
    channels = min(fileChannels, 2)
    fold = fileChannels > 2 ? ChannelFold.weights(channels: fileChannels, roles: roles) : nil
  }

  /// The first `frames` frames of an interleaved block.
  mutating func split(_ block: [Float], frames: Int) -> AudioBuffer {
    frameCount += frames
    var planes = (0..<channels).map { _ in [Float](repeating: 0, count: frames) }
    if let fold {
      for frame in 0..<frames {
        for (channel, weight) in fold.enumerated() {
          let sample = Self.finite(block[frame * fileChannels + channel])
          planes[0][frame] += weight.left * sample
          planes[1][frame] += weight.right * sample
        }
      }
    } else {
      for channel in 0..<channels {
        for frame in 0..<frames {
          planes[channel][frame] = Self.finite(block[frame * fileChannels + channel])
        }
      }
    }
    return AudioBuffer(channels: planes, sampleRate: sampleRate)
  }

  /// The reason when what was split is too much.
  var refusal: String? {
    limits.refusal(frames: frameCount, sampleRate: sampleRate, channels: fileChannels)
  }

  /// Beyond this a float file holds no sound but garbage, or integers without a scale.
  private static let absurd: Float = 1e6

  /// NaN, infinities and absurd values are silence: one of them would ruin every later sum.
  private static func finite(_ sample: Float) -> Float {
    abs(sample) < absurd ? sample : 0
  }
}
