/// Gathers decoded blocks: splits channels, folds more than two to stereo, maps what is not a
/// number to silence and stops at the limits.
struct SampleCollector {
  private(set) var channels: [[Float]]
  let sampleRate: Int
  private let fileChannels: Int
  private let fold: [ChannelFold.Weight]?
  private let limits: DecodeLimits

  /// `roles` are the loudspeakers of the file's channels, where the file says so.
  init(
    fileChannels: Int, sampleRate: Int, roles: [ChannelFold.Role]? = nil, limits: DecodeLimits,
    expectedFrames: Int = 0
  ) {
    self.fileChannels = fileChannels
    self.sampleRate = sampleRate
    self.limits = limits
    fold = fileChannels > 2 ? ChannelFold.weights(channels: fileChannels, roles: roles) : nil
    channels = Array(repeating: [], count: min(fileChannels, 2))
    // A header may promise more than there is: trust it for a minute or so at most.
    let reserve = min(expectedFrames, 1 << 24)
    for i in channels.indices { channels[i].reserveCapacity(reserve) }
  }

  var frameCount: Int { channels[0].count }

  /// Adds the first `frames` frames of an interleaved block; returns the reason when that is too
  /// much.
  mutating func append(_ block: [Float], frames: Int) -> String? {
    if let fold {
      for frame in 0..<frames {
        var left: Float = 0
        var right: Float = 0
        for (channel, weight) in fold.enumerated() {
          let sample = Self.finite(block[frame * fileChannels + channel])
          left += weight.left * sample
          right += weight.right * sample
        }
        channels[0].append(left)
        channels[1].append(right)
      }
    } else {
      for channel in channels.indices {
        for frame in 0..<frames {
          channels[channel].append(Self.finite(block[frame * fileChannels + channel]))
        }
      }
    }
    return limits.refusal(frames: frameCount, sampleRate: sampleRate, channels: fileChannels)
  }

  /// Beyond this a float file holds no sound but garbage, or integers without a scale.
  private static let absurd: Float = 1e6

  /// NaN, infinities and absurd values are silence: one of them would ruin every later sum.
  private static func finite(_ sample: Float) -> Float {
    abs(sample) < absurd ? sample : 0
  }
}
