import DrumNet
import Testing
import Training
import Transcription

@Suite struct CalibratorTests {
  /// Peaks of known height: real ones 30 ms late at `high`, false ones at `low`.
  private func heard(high: Float, low: Float) -> Calibrator.Heard {
    let frames = 2_000
    var values = [Float](repeating: 0.001, count: frames * OutputLayout.count)
    var onsets: [Onset] = []
    for step in 0..<50 {
      let real = 20 + step * 38
      onsets.append(Onset(time: Double(real) / 100 - 0.03, drum: .snare))
      values[real * OutputLayout.count + OutputLayout.onset(.snare)] = high
      values[(real + 19) * OutputLayout.count + OutputLayout.onset(.snare)] = low
    }
    return Calibrator.Heard(
      activations: Activations(frames: frames, framesPerSecond: 100, values: values),
      onsets: onsets)
  }

  @Test("The threshold falls between what is real and what is not, however low both lie")
  func threshold() {
    for (high, low) in [(Float(0.9), Float(0.6)), (0.3, 0.15)] {
      let chosen = Calibrator.calibrate([heard(high: high, low: low)])[.snare]
      #expect(chosen.threshold > Double(low) && chosen.threshold < Double(high))
    }
  }

  @Test("Constant lateness becomes the class's offset")
  func offset() {
    let chosen = Calibrator.calibrate([heard(high: 0.9, low: 0.2)])
    #expect(abs(chosen[.snare].offset - 0.03) < 0.002)
    #expect(chosen[.kick] == Calibration()[.kick], "a class that never sounds keeps its defaults")
  }

  @Test("Confidence is high for peaks that were real and low for those that were not")
  func confidence() throws {
    let song = heard(high: 0.6, low: 0.2)
    let calibration = Calibrator.calibrate([song])
    var open = calibration
    open[.snare].threshold = 0.05
    let onsets = PeakPicking.separateOnsets(in: song.activations, calibration: open)
    let sorted = onsets.map(\.confidence).sorted()
    #expect(sorted.count == 100)
    #expect(sorted[0] < 0.3 && sorted[99] > 0.7)
    // Half of what was real is beyond doubt, as far as this network knows.
    let sure = try #require(calibration.sure)
    #expect(sure > sorted[49] && sure <= sorted[99] && sure <= 0.95)
  }

  @Test("What is heard in a song without drums is left out, weak hits among strong ones are not")
  func company() {
    let frames = 4_000
    func song(_ peaks: [(frame: Int, value: Float)], annotated: Bool) -> Calibrator.Heard {
      var values = [Float](repeating: 0.001, count: frames * OutputLayout.count)
      for (frame, value) in peaks {
        values[frame * OutputLayout.count + OutputLayout.onset(.snare)] = value
      }
      return Calibrator.Heard(
        activations: Activations(frames: frames, framesPerSecond: 100, values: values),
        onsets: annotated
          ? peaks.map { Onset(time: Double($0.frame) / 100, drum: .snare) } : [])
    }
    let drums = song(
      (0..<100).map { (20 + $0 * 38, [0.55, 0.99, 0.65][$0 % 3]) }, annotated: true)
    let music = song((0..<10).map { (100 + $0 * 380, 0.6) }, annotated: false)
    let calibration = Calibrator.calibrate([drums, music])
    #expect(calibration[.snare].threshold < 0.55)
    let heard = [drums, music].map {
      PeakPicking.pick($0.activations, calibration: calibration, minimumConfidence: 0)
    }
    #expect(heard[0].onsets.count == 100)
    #expect(heard[1].onsets.isEmpty && heard[1].heard[.snare] == 10)
    #expect(heard[1].dropped[.snare] == 10)
  }
}
