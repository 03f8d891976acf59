package import DrumNet
import Foundation
package import Transcription

/// Chooses, on validation recordings and per class, the threshold with the best F at 50 ms, the
/// constant timing offset, and the logistic map from activation to the probability that a peak is
/// a real hit (Platt 1999); then, for all classes, how much company a hit needs to count, and above
/// which confidence it is beyond doubt.
package enum Calibrator {
  /// What the network said and what is annotated, of one recording.
  package struct Heard: Sendable {
    package var activations: Activations
    package var onsets: [Onset]
    package init(activations: Activations, onsets: [Onset]) {
      self.activations = activations
      self.onsets = onsets
    }
  }

  /// Peaks below this activation are never hits.
  private static let floor = 0.05

  package static func calibrate(_ heard: [Heard]) -> Calibration {
    var open = Calibration()
    for drum in DrumClass.allCases { open[drum].threshold = floor }
    let picked = heard.map {
      PeakPicking.separateOnsets(in: $0.activations, calibration: open)
    }
    var calibration = Calibration()
    var confidences: [Double] = []
    for drum in DrumClass.allCases {
      let peaks = zip(picked, heard).map { onsets, recording in
        judge(
          onsets.filter { $0.drum == drum }, recording.onsets.filter { $0.drum == drum })
      }
      let all = peaks.flatMap(\.peaks)
      guard all.contains(where: \.isReal) else { continue }
      let annotated = peaks.reduce(0) { $0 + $1.annotated }
      calibration[drum].threshold = bestThreshold(all, annotated: annotated)
      let offsets = all.compactMap(\.offset).sorted()
      calibration[drum].offset = offsets[offsets.count / 2]
      (calibration[drum].slope, calibration[drum].bias) = logisticMap(all)
      confidences += all.filter(\.isReal).map {
        PeakPicking.confidence($0.activation, calibration[drum])
      }
    }
    if !confidences.isEmpty {
      calibration.sure = min(mostSure, confidences.sorted()[confidences.count / 2])
    }
    calibration.company = bestCompany(heard, calibration)
    return calibration
  }

  /// Half of the hits are beyond doubt, above this confidence at the latest.
  private static let mostSure = 0.95

  /// The most company that can be asked for within this much of the best F of all classes together.
  /// What is gained where no drums play weighs little in a sum over hits, and validation windows are
  /// so short that they cut off company which a song would have: in whole songs it cost nothing.
  private static let companyCost = 0.01

  private static func bestCompany(_ heard: [Heard], _ calibration: Calibration) -> Int {
    let picked = heard.map {
      PeakPicking.onsets(in: $0.activations, calibration: calibration, minimumConfidence: 0)
    }
    let scores = (0...6).map { needed in
      zip(picked, heard).reduce(MatchCounts()) { sum, song in
        let present = DrumPresence.present(song.0, needed: needed)
        let score = SongScore(name: "", duration: 0, estimated: present, annotated: song.1.onsets)
        return sum + score.total(.eight, 50)
      }.f
    }
    return scores.lastIndex { $0 >= (scores.max() ?? 0) - companyCost } ?? 0
  }

  private struct Peak {
    var activation: Double
    /// Estimated minus annotated time (s) where the peak is a real hit.
    var offset: Double?
    var isReal: Bool { offset != nil }
  }

  /// `estimated` was picked with the identity map, so its confidences are raw activations.
  private static func judge(
    _ estimated: [Onset], _ annotated: [Onset]
  ) -> (peaks: [Peak], annotated: Int) {
    // Strong peaks choose their partner first: with everything above the floor let in, the noise
    // before a hit must not take its place.
    var free = annotated.map(\.time)
    let total = free.count
    let order = estimated.sorted { $0.confidence > $1.confidence }
    let peaks = order.map { onset -> Peak in
      guard
        let nearest = free.indices.min(by: {
          abs(free[$0] - onset.time) < abs(free[$1] - onset.time)
        }), abs(free[nearest] - onset.time) <= 0.05
      else { return Peak(activation: onset.confidence, offset: nil) }
      return Peak(activation: onset.confidence, offset: onset.time - free.remove(at: nearest))
    }
    return (peaks, total)
  }

  private static func bestThreshold(_ peaks: [Peak], annotated: Int) -> Double {
    var best = (f: -1.0, threshold: 0.5)
    var matched = 0
    let ordered = peaks.sorted { $0.activation > $1.activation }
    for (index, peak) in ordered.enumerated() {
      if peak.isReal { matched += 1 }
      let f = 2 * Double(matched) / Double(index + 1 + annotated)
      if f > best.f {
        let next = index + 1 < ordered.count ? ordered[index + 1].activation : floor
        best = (f, (peak.activation + next) / 2)
      }
    }
    return min(max(best.threshold, 0.1), 0.9)
  }

  /// Newton's method on the two parameters of `1 / (1 + exp(-(slope * logit + bias)))`, with a
  /// small ridge that pulls towards the network's own probability.
  private static func logisticMap(_ peaks: [Peak]) -> (slope: Double, bias: Double) {
    var slope = 1.0
    var bias = 0.0
    let ridge = 1.0
    for _ in 0..<25 {
      var gs = ridge * (slope - 1)
      var gb = ridge * bias
      var hss = ridge
      var hsb = 0.0
      var hbb = ridge
      for peak in peaks {
        let x = logOdds(peak.activation)
        let p = 1 / (1 + exp(-(slope * x + bias)))
        let error = p - (peak.isReal ? 1 : 0)
        let w = p * (1 - p)
        gs += error * x
        gb += error
        hss += w * x * x
        hsb += w * x
        hbb += w
      }
      let determinant = hss * hbb - hsb * hsb
      guard determinant > 1e-9 else { break }
      slope -= (hbb * gs - hsb * gb) / determinant
      bias -= (hss * gb - hsb * gs) / determinant
    }
    return (max(slope, 0.05), bias)
  }
}
