import Audio
import Foundation
import TestSupport

/// The sound in all the fixtures: three dying sines of 1 kHz. The same as in
/// Tests/Fixtures/audio/make_fixtures.py.
enum Bursts {
  static let rate = 44_100
  static let length = 30_011
  static let starts = [3_000, 11_000, 22_000]

  static let samples: [Double] = {
    var samples = [Double](repeating: 0, count: length)
    for start in starts {
      for i in start..<min(length, start + rate / 10) {
        let t = Double(i - start) / Double(rate)
        samples[i] = 0.6 * sin(2 * .pi * 1_000 * t) * exp(-40 * t)
      }
    }
    return samples
  }()

  /// By how many samples `other` comes late against the bursts: the shift at which they correlate
  /// best.
  static func lag(of other: [Float], within reach: Int = 120) -> Int {
    // Every third sample of the first burst is enough to tell, and quick in debug builds.
    let places = stride(from: starts[0], to: starts[0] + 1_500, by: 3)
    let scores = (-reach...reach).map { lag in
      places.reduce(0.0) { sum, i in
        let j = i + lag
        return other.indices.contains(j) ? sum + samples[i] * Double(other[j]) : sum
      }
    }
    return scores.indices.max { scores[$0] < scores[$1] }! - reach
  }

  static func fixture(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Repository.fixture("audio/" + name)))
  }
}

/// Decodes bytes as a file of some name.
func decode(
  _ bytes: [UInt8], as name: String = "song.mp3", limits: DecodeLimits = DecodeLimits()
) throws -> DecodedSong {
  let folder = try TemporaryFolder()
  try Data(bytes).write(to: folder(name))
  return try AudioFile.decode(path: folder(name).path, limits: limits)
}

/// Mean square difference of two signals against the first one's mean square, in dB.
func error(_ a: [Float], _ b: [Float]) -> Double {
  var (difference, power) = (0.0, 0.0)
  for i in 0..<min(a.count, b.count) {
    difference += Double((a[i] - b[i]) * (a[i] - b[i]))
    power += Double(a[i] * a[i])
  }
  return 10 * log10(difference / power)
}
