import Audio
import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Examples for ears and eyes") struct ListeningTests {
  @Test("The sound comes back as it was, the labels stand at their times, the picture shows them")
  func files() throws {
    let folder = try TemporaryFolder()
    let audio = (0..<44_100).map { Float(0.5 * sin(Double($0) / 20)) }
    let example = TrainingExample(
      audio: audio,
      onsets: [
        Onset(time: 0.25, drum: .hihat, velocity: 80, isOpen: true),
        Onset(time: 0.5, drum: .snare, velocity: 100),
      ], beats: [Beat(time: 0.5, position: 1)])
    try ExampleListening.write(example, stem: folder("a").path)
    let decoded = try AudioFile.decode(path: folder("a.wav").path).buffer
    #expect(decoded.sampleRate == 44_100 && decoded.channels.count == 1)
    #expect(zip(decoded.channels[0], audio).allSatisfy { abs($0 - $1) < 1e-4 })
    let labels = try String(contentsOf: folder("a.txt"), encoding: .utf8)
    #expect(
      labels == """
        0.250000\t0.250000\thihat open 80
        0.500000\t0.500000\tsnare 100
        0.500000\t0.500000\tbeat 1

        """)
    let picture = try String(contentsOf: folder("a.svg"), encoding: .utf8)
    // A tenth of a pixel at 100 pixels a second after a margin of 90.
    #expect(picture.contains("M115.0 ") && picture.contains("M140.0 "))
    #expect(picture.contains("data:image/png;base64,iVBOR"))
  }
}
