internal import Glibc

/// Triangular mel bands over the bins of a magnitude spectrum, stored sparsely.
///
/// The Slaney scale (linear below 1 kHz, logarithmic above) with area-normalised triangles:
/// librosa's defaults, `htk=False, norm='slaney'`. The HTK scale packs its lowest bands tighter
/// than the transform's bins at this window length.
package struct MelFilterbank: Sendable {
  /// One band: its first spectrum bin and the weights from there on.
  package struct Band: Sendable {
    package var firstBin: Int
    package var weights: [Float]
  }

  /// In ascending order of frequency.
  package let bands: [Band]

  package init(settings: MelSettings) {
    let bins = settings.windowLength / 2 + 1
    let binWidth = Double(settings.sampleRate) / Double(settings.windowLength)
    let low = Self.mel(settings.minimumFrequency)
    let high = Self.mel(settings.maximumFrequency)
    let edges = (0..<settings.bins + 2).map { i in
      Self.frequency(low + (high - low) * Double(i) / Double(settings.bins + 1))
    }
    bands = (0..<settings.bins).map { band in
      let (left, centre, right) = (edges[band], edges[band + 1], edges[band + 2])
      let height = 2 / (right - left)
      let weights = (0..<bins).map { bin in
        let frequency = Double(bin) * binWidth
        let rising = (frequency - left) / (centre - left)
        let falling = (right - frequency) / (right - centre)
        return Float(max(0, min(rising, falling)) * height)
      }
      let first = weights.firstIndex { $0 > 0 } ?? 0
      let last = weights.lastIndex { $0 > 0 } ?? first - 1
      return Band(firstBin: first, weights: Array(weights[first..<last + 1]))
    }
  }

  /// Slaney's scale: 3 mels per 200 Hz up to 1 kHz, then 27 mels per factor of 6.4.
  static func mel(_ frequency: Double) -> Double {
    frequency < breakFrequency
      ? frequency * 3 / 200
      : breakMel + log(frequency / breakFrequency) / logStep
  }

  static func frequency(_ mel: Double) -> Double {
    mel < breakMel ? mel * 200 / 3 : breakFrequency * exp(logStep * (mel - breakMel))
  }

  private static let breakFrequency = 1_000.0
  private static let breakMel = 15.0
  private static let logStep = log(6.4) / 27
}
