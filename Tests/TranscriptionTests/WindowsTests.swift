import Spectral
import Testing
import Transcription

@Suite("Windows")
struct WindowsTests {
  @Test(
    "Every frame is kept exactly once, away from cuts",
    arguments: [
      (0, 10, 2), (1, 10, 2), (10, 10, 2), (11, 10, 2), (997, 100, 13), (2_000, 1_000, 50),
    ])
  func cover(frames: Int, length: Int, border: Int) {
    let windows = Windows.cut(frames: frames, length: length, border: border)
    #expect(windows.flatMap { Array($0.kept) } == Array(0..<frames))
    for window in windows {
      #expect(window.input.count == min(frames, length))
      #expect((0...frames).contains(window.input.lowerBound))
      #expect(window.input.upperBound <= frames)
      let before = window.kept.lowerBound - window.input.lowerBound
      let after = window.input.upperBound - window.kept.upperBound
      #expect(before >= border || window.input.lowerBound == 0)
      #expect(after >= border || window.input.upperBound == frames)
    }
  }

  /// A network whose output needs three frames of context: the stitched answer must be that of the
  /// whole song at once.
  @Test("Stitching gives what one pass over the song gives")
  func stitching() throws {
    let song = (0..<257).map { Float(($0 * 7919) % 101) }
    func forward(_ x: [Float]) -> [Float] {
      x.indices.map { i in
        (-3...3).reduce(0) { $0 + (x.indices.contains(i + $1) ? x[i + $1] : 0) }
      }
    }
    let spectrogram = Spectrogram(frames: 257, bins: 1, framesPerSecond: 100, values: song)
    var reported: [Double] = []
    let result = try Windows.activations(
      of: spectrogram, outputs: 1, length: 40, border: 3, progress: { reported.append($0) },
      forward: { windows, _ in windows.map(forward) })
    #expect(result.values == forward(song))
    #expect(result.frames == 257)
    #expect(reported.last == 1 && reported == reported.sorted())
  }

  @Test("A cancelled task stops between windows")
  func cancellation() async {
    let spectrogram = Spectrogram(
      frames: 1_000, bins: 1, framesPerSecond: 100, values: [Float](repeating: 0, count: 1_000))
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try Windows.activations(of: spectrogram, outputs: 1, length: 40, border: 3) {
        windows, _ in windows
      }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
