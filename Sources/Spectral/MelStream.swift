/// The front end over samples that come in blocks: the same frames, to the bit, as
/// ``LogMel/spectrogram(of:)`` makes of all of them, as soon as their samples are there.
///
/// Not `Sendable`: each thread makes its own.
package final class MelStream {
  private let front: LogMel
  /// Samples that later frames still need; the first is number `origin` of the audio, which is the
  /// centre of a frame.
  private var samples: [Float] = []
  private var origin = 0
  private var taken = 0
  /// Frames handed out.
  private var done = 0

  package init(settings: MelSettings) { front = LogMel(settings: settings) }

  /// Takes mono samples, any number of them; gives the frames that no later sample can change,
  /// `(frames, bins)`, maybe none.
  package func append(_ block: [Float]) -> [Float] {
    samples += block
    taken += block.count
    let (hop, length) = (front.settings.hopLength, front.settings.windowLength)
    // A frame's last sample is `length - length / 2 - 1` after its centre.
    let reach = length - length / 2
    let certain = taken < reach ? 0 : 1 + (taken - reach) / hop
    let values = frames(upTo: certain)
    // The next frame begins half a window before its centre.
    let needed = max(0, done * hop - length / 2) / hop * hop
    if needed > origin {
      samples.removeFirst(min(samples.count, needed - origin))
      origin = needed
    }
    return values
  }

  /// The frames at the end, whose windows reach beyond it. Nothing may follow.
  package func finish() -> [Float] { frames(upTo: front.frameCount(sampleCount: taken)) }

  private func frames(upTo end: Int) -> [Float] {
    guard end > done else { return [] }
    defer { done = end }
    let first = origin / front.settings.hopLength
    return front.values(of: samples, frames: done - first..<end - first)
  }
}
