package import Spectral

/// How a bounded delay is spent, in frames of the network.
package struct LiveDelay {
  /// The network runs once for so many new frames.
  let step: Int
  /// Frames after an answer that the network has read when the answer is taken.
  let lookahead: Int

  /// Frames that the network reads at a time: see decision 0036.
  static let window = 400
  /// Frames within which a stronger peak takes a weaker one's place (``PeakPicking/spacing(_:)``),
  /// and one more.
  static let settling = 9
  /// Running oftener than this costs more than it brings.
  private static let shortestStep = 4
  /// Half of a spectrum's window: what its last samples say of its centre.
  private static func halfWindow(_ mel: MelSettings) -> Double {
    Double(mel.windowLength - mel.windowLength / 2) / Double(mel.sampleRate)
  }

  init(seconds: Double, mel: MelSettings) {
    let frames = Int(((seconds - Self.halfWindow(mel)) * mel.framesPerSecond).rounded(.down))
    let free = min(frames - Self.settling, Self.window)
    // A fifth for the step: five times as many runs would save no more than that.
    step = max(Self.shortestStep, free / 5)
    lookahead = max(0, free - step)
  }

  /// The shortest delay that is possible, in seconds.
  package static func least(_ mel: MelSettings) -> Double {
    halfWindow(mel) + Double(settling + shortestStep) / mel.framesPerSecond
  }
}
