import DrumNet
import Testing
import Transcription

@Suite("Peak picking")
struct PeakPickingTests {
  /// Activations of `seconds` with triangular peaks of the given height and width of two frames.
  private func activations(
    seconds: Double = 4, peaks: [(time: Double, drum: DrumClass, height: Float)],
    velocity: Float = 0.5, open: Float = 0
  ) -> Activations {
    let frames = Int(seconds * 100)
    var values = [Float](repeating: 0, count: frames * OutputLayout.count)
    for peak in peaks {
      let centre = peak.time * 100
      for frame in max(0, Int(centre) - 2)...min(frames - 1, Int(centre) + 3) {
        let row = frame * OutputLayout.count
        let value = peak.height * Float(max(0, 1 - abs(Double(frame) - centre) / 2))
        let column = row + OutputLayout.onset(peak.drum)
        values[column] = max(values[column], value)
        values[row + OutputLayout.velocity(peak.drum)] = velocity
        values[row + OutputLayout.hihatOpen] = open
      }
    }
    return Activations(frames: frames, framesPerSecond: 100, values: values)
  }

  private func onsets(
    _ activations: Activations, _ calibration: Calibration = Calibration(), confidence: Double = 0
  ) -> [Onset] {
    PeakPicking.onsets(
      in: activations, calibration: calibration, minimumConfidence: confidence)
  }

  @Test("Times are finer than a frame", arguments: [1.0, 1.002, 1.005, 1.0075])
  func subframe(time: Double) throws {
    let found = onsets(activations(peaks: [(time, .snare, 0.9)]))
    #expect(found.count == 1)
    #expect(abs(try #require(found.first).time - time) < 0.003)
  }

  @Test("A roll keeps every stroke, buzzed or not", arguments: [0.06, 0.03])
  func roll(gap: Double) {
    let times = (0..<20).map { 1 + gap * Double($0) }
    let found = onsets(activations(peaks: times.map { ($0, .snare, 0.8) }))
    #expect(found.count == times.count)
  }

  @Test("Two ripples of one stroke are one hit")
  func ripple() {
    let found = onsets(activations(peaks: [(1, .kick, 0.9), (1.03, .kick, 0.7)]))
    #expect(found.count == 1)
  }

  @Test("A stroke between two toms is the one that rises further above its threshold")
  func oneTom() {
    var calibration = Calibration()
    calibration[.tomMid].threshold = 0.25
    let between = activations(
      peaks: [(1, .tomHigh, 0.7), (1.01, .tomMid, 0.6), (1, .snare, 0.6), (2, .tomHigh, 0.7)])
    let found = onsets(between, calibration)
    #expect(found.map(\.drum) == [.snare, .tomMid, .tomHigh])
    // Each class is calibrated by itself, before its neighbours are looked at.
    let separate = PeakPicking.separateOnsets(in: between, calibration: calibration)
    #expect(separate.count == 4)
  }

  @Test("Toms struck one after the other stay, and two at once of which there is no doubt")
  func twoToms() {
    let song = activations(
      peaks: [
        (1, .tomHigh, 0.7), (1.04, .tomMid, 0.65), (1.08, .tomLow, 0.65),
        (2, .tomHigh, 0.95), (2.01, .tomLow, 0.9),
      ])
    #expect(onsets(song).map(\.drum) == [.tomHigh, .tomMid, .tomLow, .tomHigh, .tomLow])
  }

  @Test("A ride that is struck once is a crash, unless it is beyond doubt")
  func loneCymbal() {
    let song = activations(
      seconds: 30,
      peaks: [(2, .ride, 0.9), (5, .ride, 0.98), (8, .ride, 0.9), (8.03, .crash, 0.6)]
        + [12, 13.1, 14.2].map { ($0, .ride, 0.9) }
        // What is likely to be a row of rides, heard but once.
        + [20, 20.5, 21].map { ($0, .ride, $0 == 20.5 ? 0.9 : 0.45) }
        + [(25, .crash, 0.9), (25.7, .ride, 0.9)])
    let found = onsets(song)
    #expect(
      found.map(\.drum)
        == [.crash, .ride, .crash, .ride, .ride, .ride, .ride, .crash, .ride])
    #expect(
      found.map { ($0.time * 10).rounded() / 10 } == [2, 5, 8, 12, 13.1, 14.2, 20.5, 25, 25.7])
  }

  @Test("Each class has its threshold, offset and confidence")
  func calibration() throws {
    var calibration = Calibration()
    calibration[.kick].threshold = 0.3
    calibration[.kick].offset = 0.01
    calibration[.snare].threshold = 0.7
    calibration[.kick].slope = 2
    let song = activations(peaks: [(1, .kick, 0.4), (2, .snare, 0.6), (3, .kick, 0.8)])
    let found = onsets(song, calibration)
    #expect(found.map(\.drum) == [.kick, .kick])
    #expect(abs(found[0].time - 0.99) < 1e-3)
    // logit 0.8 = 1.386, doubled 2.773: probability 0.941
    #expect(abs(found[1].confidence - 0.9412) < 1e-3)
    #expect(onsets(song, calibration, confidence: 0.5).count == 1)
  }

  @Test("What is not confident enough is counted per class")
  func counts() {
    let song = activations(peaks: [(1, .kick, 0.6), (2, .kick, 0.9), (3, .hihat, 0.55)])
    let result = PeakPicking.pick(song, calibration: Calibration(), minimumConfidence: 0.58)
    #expect(result.heard[.kick] == 2 && result.dropped[.kick] == 0)
    #expect(result.heard[.hihat] == 1 && result.dropped[.hihat] == 1)
    #expect(result.heard[.snare] == 0)
    #expect(result.onsets.count == 2)
  }

  @Test("Velocity is MIDI's and a hi-hat knows whether it is open")
  func velocity() throws {
    let found = onsets(
      activations(
        peaks: [(1, .hihat, 0.9), (2, .kick, 0.9)], velocity: 1, open: 0.8))
    #expect(found.map(\.velocity) == [127, 127])
    #expect(found.map(\.isOpen) == [true, false])
    let quiet = onsets(activations(peaks: [(1, .kick, 0.9)], velocity: 0))
    #expect(quiet.map(\.velocity) == [1])
  }

  @Test("Silence and no frames at all have no hits")
  func empty() {
    #expect(onsets(activations(peaks: [])).isEmpty)
    #expect(onsets(Activations(frames: 0, framesPerSecond: 100, values: [])).isEmpty)
  }

  @Test("A plateau is one hit, also at the edges of the song")
  func plateau() {
    var flat = activations(seconds: 0.1, peaks: [])
    for frame in 0..<10 { flat.values[frame * OutputLayout.count] = 1 }
    #expect(onsets(flat).count == 1)
  }
}
