import DrumNet
import Testing
import Training
import Transcription

@Suite struct TrainingTargetsTests {
  private func value(_ list: [Float], _ frame: Int, _ column: Int) -> Float {
    list[frame * OutputLayout.count + column]
  }

  @Test("An onset stands on its nearest frame, leaning to the side its time lies on")
  func onsetShape() {
    let made = TrainingTargets(
      onsets: [Onset(time: 0.1025, drum: .snare, velocity: 64)], beats: [], frames: 20,
      framesPerSecond: 100, settings: TargetSettings())
    let snare = OutputLayout.onset(.snare)
    #expect(value(made.targets, 10, snare) == 1)
    #expect(value(made.targets, 11, snare) > value(made.targets, 9, snare))
    #expect(value(made.targets, 8, snare) == 0 && value(made.targets, 12, snare) == 0)
    #expect(value(made.weights, 10, snare) == 2.5)
    #expect(value(made.weights, 5, snare) == 1)
    #expect(value(made.targets, 10, OutputLayout.anyOnset) == 1)
  }

  @Test("The parabola through a target's three frames peaks within half a millisecond of the time")
  func subFrame() {
    for step in -4...4 {
      let time = 0.1 + Double(step) * 0.001
      let made = TrainingTargets(
        onsets: [Onset(time: time, drum: .kick)], beats: [], frames: 20, framesPerSecond: 100,
        settings: TargetSettings())
      let y = (9...11).map { Double(value(made.targets, $0, OutputLayout.onset(.kick))) }
      let shift = (y[0] - y[2]) / (2 * (y[0] - 2 * y[1] + y[2]))
      #expect(abs((10 + shift) / 100 - time) < 0.0005)
    }
  }

  @Test("Velocity and openness are asked only where they are known")
  func conditionalLabels() {
    let made = TrainingTargets(
      onsets: [
        Onset(time: 0.05, drum: .hihat, velocity: 127, isOpen: true),
        Onset(time: 0.15, drum: .kick, velocity: 64),
      ], beats: [], frames: 20, framesPerSecond: 100, settings: TargetSettings())
    #expect(value(made.targets, 5, OutputLayout.velocity(.hihat)) == 1)
    #expect(value(made.weights, 5, OutputLayout.velocity(.hihat)) > 0)
    #expect(value(made.weights, 10, OutputLayout.velocity(.hihat)) == 0)
    #expect(value(made.targets, 5, OutputLayout.hihatOpen) == 1)
    #expect(value(made.weights, 15, OutputLayout.hihatOpen) == 0)
  }

  @Test("Unknown beats weigh nothing; known ones put the downbeat on its frame")
  func beats() {
    let settings = TargetSettings()
    let none = TrainingTargets(
      onsets: [], beats: [], frames: 10, framesPerSecond: 100, settings: settings)
    #expect(value(none.weights, 3, OutputLayout.beat) == 0)
    let some = TrainingTargets(
      onsets: [], beats: [Beat(time: 0.02, position: 2), Beat(time: 0.07, position: 1)],
      frames: 10, framesPerSecond: 100, settings: settings)
    #expect(value(some.targets, 2, OutputLayout.beat) == 1)
    #expect(value(some.targets, 2, OutputLayout.downbeat) == 0)
    #expect(value(some.targets, 7, OutputLayout.downbeat) == 1)
    #expect(value(some.weights, 3, OutputLayout.beat) > 0)
  }

  @Test("With a tolerance a beat is one frame, around which nothing is asked")
  func beatTolerance() {
    var settings = TargetSettings()
    settings.beatTolerance = 3
    let made = TrainingTargets(
      onsets: [], beats: [Beat(time: 0.2, position: 1), Beat(time: 0.24, position: 2)], frames: 40,
      framesPerSecond: 100, settings: settings)
    let asked = (0..<40).filter { value(made.weights, $0, OutputLayout.beat) > 0 }
    #expect(asked == Array(0...13) + [20, 24] + Array(31..<40))
    #expect((0..<40).filter { value(made.targets, $0, OutputLayout.beat) > 0 } == [20, 24])
    let down = (0..<40).filter { value(made.weights, $0, OutputLayout.downbeat) > 0 }
    #expect(down == Array(0...13) + [20] + Array(27..<40))
  }

  @Test("Onsets at the very edges of the window stay inside it")
  func edges() {
    let made = TrainingTargets(
      onsets: [Onset(time: 0, drum: .kick), Onset(time: 0.0999, drum: .kick)], beats: [],
      frames: 10, framesPerSecond: 100, settings: TargetSettings())
    #expect(value(made.targets, 0, 0) == 1)
    #expect(made.targets.count == 10 * OutputLayout.count)
  }
}
