package import Foundation

/// Sound files for tests: plain PCM in a RIFF container, built by hand so that a test of our readers
/// leans on none of our writers.
package enum WaveFile {
  /// The bytes of a file whose channels all carry `samples` (-1...1).
  ///
  /// - Parameter bits: 16 or 24.
  package static func bytes(
    _ samples: [Double], rate: Int, channels: Int = 1, bits: Int = 16
  ) -> Data {
    precondition(bits == 16 || bits == 24)
    let frame = channels * bits / 8
    let size = samples.count * frame
    var file = Data("RIFF".utf8)
    file += word(36 + size, 4) + Data("WAVEfmt ".utf8) + word(16, 4)
    file += word(1, 2) + word(channels, 2) + word(rate, 4) + word(rate * frame, 4)
    file += word(frame, 2) + word(bits, 2) + Data("data".utf8) + word(size, 4)
    let top = Double(1 << (bits - 1)) - 1
    for sample in samples {
      let value = word(Int((max(-1, min(1, sample)) * top).rounded()), bits / 8)
      for _ in 0..<channels { file += value }
    }
    return file
  }

  private static func word(_ value: Int, _ count: Int) -> Data {
    Data((0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
}
