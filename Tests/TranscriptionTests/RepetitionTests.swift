import DrumNet
import Testing
import Transcription

/// What the rest of a song says of a peak, through ``PeakPicking``.
@Suite("Repetition")
struct RepetitionTests {
  private struct Peak {
    var time: Double
    var drum: DrumClass
    var height: Float
  }

  /// A bar of 2 s: hi-hats in eighths, kick and snare in turns.
  private func bar(_ start: Double) -> [Peak] {
    (0..<8).map { Peak(time: start + 0.25 * Double($0), drum: .hihat, height: 0.8) }
      + [0, 0.25, 1.75].map { Peak(time: start + $0, drum: .kick, height: 0.9) }
      + [0.5, 1.5].map { Peak(time: start + $0, drum: .snare, height: 0.9) }
  }

  private func onsets(_ peaks: [Peak], seconds: Double) -> [Onset] {
    let frames = Int(seconds * 100)
    var values = [Float](repeating: 0, count: frames * OutputLayout.count)
    for peak in peaks {
      let centre = Int((peak.time * 100).rounded())
      for frame in max(0, centre - 2)...min(frames - 1, centre + 2) {
        let at = frame * OutputLayout.count + OutputLayout.onset(peak.drum)
        values[at] = max(values[at], peak.height * Float(3 - abs(frame - centre)) / 3)
      }
    }
    return PeakPicking.onsets(
      in: Activations(frames: frames, framesPerSecond: 100, values: values),
      calibration: Calibration(), minimumConfidence: 0)
  }

  private func holds(_ onsets: [Onset], _ drum: DrumClass, _ time: Double) -> Bool {
    onsets.contains { $0.drum == drum && abs($0.time - time) < 0.02 }
  }

  @Test("A stroke that every other bar has is heard where it is faint", arguments: [16, 200])
  func faint(bars: Int) throws {
    var song = (0..<bars).flatMap { bar(0.5 + 2 * Double($0)) }
    // The second kick of the last bar but one.
    let time = 0.5 + 2 * Double(bars - 2) + 0.25
    let faint = try #require(song.firstIndex { $0.drum == .kick && $0.time == time })
    song[faint].height = 0.4
    let found = onsets(song, seconds: 2 * Double(bars) + 1)
    #expect(found.count == song.count)
    #expect(holds(found, .kick, time))
  }

  @Test("A doubtful stroke that no other bar has is left out, a clear one stays")
  func stray() {
    var song = (0..<16).flatMap { bar(0.5 + 2 * Double($0)) }
    let expected = song.count
    song.append(Peak(time: 8.5 + 1.25, drum: .kick, height: 0.53))
    song.append(Peak(time: 14.5 + 1.75, drum: .crash, height: 0.95))
    let found = onsets(song, seconds: 33)
    #expect(!holds(found, .kick, 9.75))
    #expect(holds(found, .crash, 16.25))
    #expect(found.count == expected + 1)
  }

  @Test("Where nothing is repeated, hardly anything changes")
  func single() {
    let times = [0.5, 0.83, 1.02, 1.41, 1.9, 2.06, 2.31, 2.77, 3.05, 3.62]
    let drums: [DrumClass] = [.kick, .snare, .tomHigh, .kick, .crash]
    var song = times.enumerated().map { Peak(time: $1, drum: drums[$0 % 5], height: 0.65) }
    song += times.map { Peak(time: $0 + 0.09, drum: .snare, height: 0.35) }
    let found = onsets(song, seconds: 4.5)
    #expect(found.count == times.count)
    #expect(found.map(\.drum) == song.prefix(times.count).map(\.drum))
  }

  @Test("A faint peak among others is no hit because of them alone")
  func noise() {
    var song = (0..<16).flatMap { bar(0.5 + 2 * Double($0)) }
    song += (0..<16).map { Peak(time: 0.5 + 2 * Double($0) + 1.1, drum: .ride, height: 0.2) }
    #expect(!onsets(song, seconds: 33).contains { $0.drum == .ride })
  }

  @Test("Times and velocities stay, confidences follow")
  func confidence() throws {
    var song = (0..<16).flatMap { bar(0.5 + 2 * Double($0)) }
    let index = try #require(song.firstIndex { $0.drum == .kick && $0.time == 8.75 })
    song[index].height = 0.6
    let found = onsets(song, seconds: 33)
    let hit = try #require(found.first { $0.drum == .kick && abs($0.time - 8.75) < 0.001 })
    #expect(hit.confidence > 0.65)
  }
}
