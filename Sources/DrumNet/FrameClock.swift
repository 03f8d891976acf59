internal import Glibc
internal import TensorCore

/// Frames of a segment as sines and cosines of falling frequency (Vaswani et al. 2017). The heard
/// stream and the tokens carry the same ones, so that a decoder finds what was heard at a moment
/// without having to learn each frame's place anew.
enum FrameClock {
  /// The slowest wave turns once in six thousand frames; the fastest in six.
  private static let slowest = 1_000.0

  /// One row of `width` values for each frame; rows of `nil` are zero.
  static func rows(_ frames: [Int?], width: Int) -> Tensor {
    let half = width / 2
    var values = [Float](repeating: 0, count: frames.count * width)
    for (row, frame) in frames.enumerated() {
      guard let frame else { continue }
      for i in 0..<half {
        let angle = Double(frame) * pow(slowest, -Double(i) / Double(half))
        values[row * width + i] = Float(sin(angle))
        values[row * width + half + i] = Float(cos(angle))
      }
    }
    return Tensor(values, [frames.count, width])
  }
}
