import Audio
import Foundation
import TestSupport
import Testing

/// Encodes a song and puts its lead-in in front.
@discardableResult
func write(_ song: AudioBuffer, leadIn: Double, to path: String) throws -> OggWriter.Result {
  try OggWriter(song, peak: song.peak, to: path).finish(leadIn: leadIn)
}

@Suite("Writing song.ogg")
struct OggWriterTests {
  func written(
    _ buffer: AudioBuffer, leadIn: Double
  ) throws -> (seconds: Double, song: DecodedSong) {
    let folder = try TemporaryFolder()
    let path = folder("song.ogg").path
    let result = try write(buffer, leadIn: leadIn, to: path)
    return (result.seconds, try AudioFile.decode(path: path))
  }

  let bursts = AudioBuffer(channels: [Bursts.samples.map(Float.init)], sampleRate: 44_100)

  @Test func `lead-in and length are exact to the sample`() throws {
    // Below a tenth of a second it is encoded with the song, from there on put in front of it.
    for leadIn in [0, 0.001, 0.0957, 0.0958, 0.5, 1.2345, 12.999] {
      let (seconds, song) = try written(bursts, leadIn: leadIn)
      let silence = Int((leadIn * 44_100).rounded())
      #expect(song.buffer.frameCount == Bursts.length + silence)
      #expect(abs(seconds - song.buffer.duration) < 1e-9)
      #expect(song.format == "Ogg Vorbis, 44100 Hz, stereo")
      #expect(Bursts.lag(of: Array(song.buffer.channels[1].dropFirst(silence))) == 0)
      #expect(song.buffer.channels[0] == song.buffer.channels[1])
      #expect(song.buffer.channels[0].prefix(max(0, silence)).allSatisfy { abs($0) < 1e-3 })
    }
  }

  @Test(arguments: [
    (8_000, 48_000), (22_050, 44_100), (32_000, 48_000), (48_000, 48_000), (88_200, 44_100),
    (96_000, 48_000),
  ])
  func `the rate is one that games take`(rate: Int, expected: Int) throws {
    let buffer = AudioBuffer(channels: bursts.channels, sampleRate: rate)
    #expect(try written(buffer, leadIn: 0.1).song.buffer.sampleRate == expected)
  }

  @Test func `left stays left`() throws {
    let silent = [Float](repeating: 0, count: Bursts.length)
    let buffer = AudioBuffer(channels: [bursts.channels[0], silent], sampleRate: 44_100)
    let song = try written(buffer, leadIn: 0).song.buffer
    #expect(AudioBuffer(channels: [song.channels[0]], sampleRate: 1).peak > 0.5)
    #expect(AudioBuffer(channels: [song.channels[1]], sampleRate: 1).peak < 0.05)
  }

  @Test func `audio beyond full scale is turned down, not clipped`() throws {
    let loud = AudioBuffer(channels: [bursts.channels[0].map { $0 * 4 }], sampleRate: 44_100)
    let folder = try TemporaryFolder()
    let result = try write(loud, leadIn: 0, to: folder("song.ogg").path)
    let song = try AudioFile.decode(path: folder("song.ogg").path).buffer
    #expect(song.peak <= 1 && abs(song.peak - result.peak) < 1e-6)
    let scaled = loud.channels[0].map { $0 * result.gain }
    #expect(error(scaled, song.channels[0]) < -15)
  }

  @Test func `what the encoder itself throws beyond full scale is taken back`() throws {
    // A square wave at full scale: without its upper harmonics it overshoots by a sixth.
    let square = AudioBuffer(
      channels: [(0..<88_200).map { $0 / 21 % 2 == 0 ? 1 : -1 }], sampleRate: 44_100)
    let song = try written(square, leadIn: 0.2).song.buffer
    #expect(song.peak <= 1 && song.peak > 0.8)
  }

  @Test func `a quiet song keeps its loudness`() throws {
    let quiet = AudioBuffer(channels: [bursts.channels[0].map { $0 * 0.5 }], sampleRate: 44_100)
    let folder = try TemporaryFolder()
    let result = try write(quiet, leadIn: 0, to: folder("song.ogg").path)
    #expect(result.gain == 1)
  }

  @Test func `a long song is no problem for the encoder's stack`() throws {
    // Handed over in one call, a million frames overflow the usual 8 MiB.
    let long = AudioBuffer(
      channels: [[Float](repeating: 0.1, count: 1_200_000)], sampleRate: 48_000)
    let folder = try TemporaryFolder()
    #expect(try write(long, leadIn: 1, to: folder("long.ogg").path).seconds == 26)
  }

  @Test func `a name that is taken or cannot be is an error`() throws {
    let folder = try TemporaryFolder()
    try Data("keep me".utf8).write(to: folder("song.ogg"))
    for path in [folder("song.ogg").path, folder("no/such/folder.ogg").path] {
      let error = try #require(throws: AudioError.self) {
        try write(bursts, leadIn: 0, to: path)
      }
      #expect(error.stage == .write && error.name == path)
    }
    #expect(try Data(contentsOf: folder("song.ogg")) == Data("keep me".utf8))
  }
}
