/// Joins blocks whose rate or number of channels changes on the way, as in MP3 streams glued
/// together: everything comes out in the format of the first block.
struct StreamJoint {
  private let name: String
  private let limits: DecodeLimits
  /// Of what comes out; `nil` before the first block.
  private(set) var format: (sampleRate: Int, channels: Int)?
  private var frames = 0
  /// One per channel while the rate is another than the first one.
  private var resamplers: [StreamResampler] = []
  private var resampledRate = 0

  init(name: String, limits: DecodeLimits) {
    self.name = name
    self.limits = limits
  }

  /// Passes a block on; `false` where no more is wanted.
  mutating func add(
    _ block: AudioBuffer, _ take: (AudioBuffer) throws(AudioError) -> Bool
  ) throws(AudioError) -> Bool {
    guard block.frameCount > 0 else { return true }
    let format = format ?? (block.sampleRate, block.channels.count)
    self.format = format
    if !resamplers.isEmpty, block.sampleRate != resampledRate, try !finish(take) { return false }
    var channels =
      format.channels == 1
      ? [block.downmixed()]
      : (0..<format.channels).map { block.channels[min($0, block.channels.count - 1)] }
    if block.sampleRate != format.sampleRate {
      if resamplers.isEmpty {
        resampledRate = block.sampleRate
        for _ in channels {
          resamplers.append(try StreamResampler(from: resampledRate, to: format.sampleRate))
        }
      }
      for index in channels.indices {
        channels[index] = try resamplers[index].resample(channels[index])
      }
    }
    return try pass(channels, take)
  }

  /// Passes on what the resamplers still hold.
  @discardableResult
  mutating func finish(
    _ take: (AudioBuffer) throws(AudioError) -> Bool
  ) throws(AudioError) -> Bool {
    var tails: [[Float]] = []
    for resampler in resamplers { tails.append(try resampler.finish()) }
    resamplers = []
    return tails.isEmpty ? true : try pass(tails, take)
  }

  private mutating func pass(
    _ channels: [[Float]], _ take: (AudioBuffer) throws(AudioError) -> Bool
  ) throws(AudioError) -> Bool {
    guard let format, !channels[0].isEmpty else { return true }
    frames += channels[0].count
    if let reason = limits.refusal(
      frames: frames, sampleRate: format.sampleRate, channels: format.channels)
    {
      throw AudioError(name: name, stage: .decode, reason: reason)
    }
    return try take(AudioBuffer(channels: channels, sampleRate: format.sampleRate))
  }
}
