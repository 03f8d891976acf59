import Audio
import Foundation
import Testing

/// A folder that goes away with the value.
final class ScratchFolder {
  let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appending(path: name).path }
}

/// A mono sine with an exponential decay every half second.
func pings(seconds: Double, sampleRate: Int, frequency: Double = 500) -> [Float] {
  (0..<Int(seconds * Double(sampleRate))).map { i in
    let t = Double(i) / Double(sampleRate)
    return Float(sin(2 * .pi * frequency * t) * exp(-8 * t.truncatingRemainder(dividingBy: 0.5)))
  }
}

@Suite("Writing song.ogg")
struct OggWriterTests {
  @Test func `the lead-in is exact and so is the length`() throws {
    let folder = try ScratchFolder()
    let source = AudioBuffer(channels: [pings(seconds: 2, sampleRate: 44_100)], sampleRate: 44_100)
    let path = folder.path("song.ogg")
    let seconds = try OggWriter.write(source, leadIn: 1.2345, to: path)
    let song = try AudioFile.decode(path: path)
    let silence = Int((1.2345 * 44_100).rounded())
    #expect(song.buffer.frameCount == source.frameCount + silence)
    #expect(abs(seconds - song.buffer.duration) < 1e-9)
    #expect(song.buffer.channels.count == 2)
    #expect(song.format == "Ogg Vorbis, 44100 Hz, stereo")
  }
}
