package import DrumNet
package import Spectral

/// The network sees a song through windows; this cuts them and puts the answers together.
///
/// Neighbouring windows overlap by twice the border: the frames near a cut, whose receptive field
/// is incomplete, are discarded and never averaged in. At the two ends of the song the network's
/// own padding stands, as it did in training.
package enum Windows {
  /// About ten seconds at 100 frames/s, what the network was trained on.
  package static let frames = 1_000

  /// Windows that go through the network together: enough for two cores, little memory.
  private static let batch = 2

  /// A part of the song: the network reads `input`, its answers for `kept` stand.
  package struct Window: Hashable, Sendable {
    package var input: Range<Int>
    package var kept: Range<Int>
  }

  /// Windows of `length` frames that together keep every frame of `0..<frames` exactly once.
  ///
  /// All have the same length (the last one reaches back instead of being short); a song shorter
  /// than one window is a single short one.
  package static func cut(frames: Int, length: Int, border: Int) -> [Window] {
    precondition(length > 2 * border && border >= 0)
    guard frames > 0 else { return [] }
    guard frames > length else { return [Window(input: 0..<frames, kept: 0..<frames)] }
    var windows: [Window] = []
    var covered = 0
    while covered < frames {
      let start = min(max(0, covered - border), frames - length)
      let end = start + length
      let keptEnd = end == frames ? frames : end - border
      windows.append(Window(input: start..<end, kept: covered..<keptEnd))
      covered = keptEnd
    }
    return windows
  }

  /// What the model hears in a whole song.
  ///
  /// - Throws: `CancellationError` between batches when the task is cancelled.
  package static func activations(
    of spectrogram: Spectrogram, model: DrumModel, progress: ((Double) -> Void)? = nil
  ) throws -> Activations {
    try activations(
      of: spectrogram, outputs: OutputLayout.count, border: model.borderFrames, progress: progress
    ) { windows, frames in model.activations(windows: windows, frames: frames) }
  }

  /// Runs `forward` on every window of the spectrogram and stitches the answers.
  ///
  /// - Parameters:
  ///   - forward: windows of `(frames, bins)` features and their frame count to as many of
  ///     `(frames, outputs)`.
  ///   - progress: told the share done, 0...1, after each batch.
  /// - Throws: `CancellationError` between batches when the task is cancelled, and what `forward`
  ///   throws.
  package static func activations(
    of spectrogram: Spectrogram, outputs: Int, length: Int = Windows.frames, border: Int,
    progress: ((Double) -> Void)? = nil,
    forward: (_ windows: [[Float]], _ frames: Int) throws -> [[Float]]
  ) throws -> Activations {
    let bins = spectrogram.bins
    var cuts = cut(frames: spectrogram.frames, length: length, border: border).makeIterator()
    let values = try stitch(outputs: outputs) {
      cuts.next().map {
        let rows = $0.input.lowerBound * bins..<$0.input.upperBound * bins
        return WindowCutter.Cut(window: $0, features: Array(spectrogram.values[rows]))
      }
    } forward: {
      try forward($0, $1)
    } progress: {
      progress?(Double($0) / Double(spectrogram.frames))
    }
    return Activations(
      frames: spectrogram.frames, framesPerSecond: spectrogram.framesPerSecond, values: values)
  }

  /// Runs `forward` on windows in their order, a few at a time, and puts the answers for what is
  /// kept of them together.
  ///
  /// - Parameters:
  ///   - next: the next window, `nil` after the last.
  ///   - progress: told the number of frames done after each batch.
  /// - Throws: `CancellationError` between batches when the task is cancelled, and what `forward`
  ///   throws.
  static func stitch(
    outputs: Int, next: () -> WindowCutter.Cut?,
    forward: (_ windows: [[Float]], _ frames: Int) throws -> [[Float]],
    progress: (Int) -> Void
  ) throws -> [Float] {
    var values: [Float] = []
    while let first = next() {
      try Task.checkCancellation()
      var group = [first]
      while group.count < batch, let more = next() { group.append(more) }
      let answers = try forward(group.map(\.features), first.window.input.count)
      precondition(answers.count == group.count)
      for (window, answer) in zip(group.map(\.window), answers) {
        precondition(answer.count == window.input.count * outputs)
        let skipped = window.kept.lowerBound - window.input.lowerBound
        values += answer[skipped * outputs..<(skipped + window.kept.count) * outputs]
      }
      progress(values.count / outputs)
    }
    return values
  }
}
