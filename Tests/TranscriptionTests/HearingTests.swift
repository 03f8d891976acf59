import Audio
import DrumNet
import Spectral
import Testing

@testable import Transcription

/// A song in blocks of odd sizes.
private struct BlockStream: AudioStream {
  var whole: AudioBuffer
  /// The frame at which the disk fails.
  var failure = Int.max
  var sampleRate: Int { whole.sampleRate }
  var frameCount: Int { whole.frameCount }

  func read(_ take: (AudioBuffer) throws(AudioError) -> Bool) throws(AudioError) {
    var start = 0
    var size = 1
    while start < frameCount {
      let end = min(frameCount, start + size)
      if end > failure { throw AudioError(name: "song", stage: .open, reason: "the disk is gone") }
      let part = whole.channels.map { Array($0[start..<end]) }
      if try !take(AudioBuffer(channels: part, sampleRate: sampleRate)) { return }
      start = end
      size = size * 7 % 9_973
    }
  }
}

@Suite("Hearing a song while it is read")
struct HearingTests {
  private static func model() -> DrumModel {
    var sizes = HybridSettings.tiny
    sizes.stemChannels = [2, 2]
    sizes.width = 4
    sizes.heads = 1
    var settings = ModelSettings(name: "random", network: .hybrid(sizes))
    settings.mel.bins = 32
    let network = settings.network.makeNetwork(bins: settings.mel.bins, seed: 3)
    return DrumModel(network: network, settings: settings)
  }

  private func song(seconds: Double, rate: Int) -> BlockStream {
    let count = Int(seconds * Double(rate))
    var noise = GaussianNoise(seed: 5)
    // Noise that comes again: making it takes longer in debug builds than hearing it.
    let part = (0..<9_973).map { _ in Float(noise.uniform() - 0.5) }
    let left = Array(repeating: part, count: count / part.count + 1).joined().prefix(count)
    return BlockStream(
      whole: AudioBuffer(channels: [Array(left), Array(left)], sampleRate: rate))
  }

  @Test("Blocks give what the whole gives, however long the song is", arguments: [0.01, 4, 10, 16])
  func likeWhole(seconds: Double) throws {
    let model = Self.model()
    let mel = model.settings.mel
    let song = song(seconds: seconds, rate: mel.sampleRate)
    let spectrogram = LogMel(settings: mel).spectrogram(of: song.whole.downmixed())
    let whole = try Windows.activations(of: spectrogram, model: model)
    var reported: [Double] = []
    let heard = try Hearing(song, model: model) { reported.append($0) }
    #expect(heard.activations.values == whole.values)
    #expect(heard.activations.frames == whole.frames)
    #expect(reported.last == 1 && reported == reported.sorted())
    let timbre = Timbre(of: spectrogram)
    for second in stride(from: 0.0, to: seconds, by: 1) {
      #expect(
        heard.timbre.mean(from: second, to: second + 1) == timbre.mean(from: second, to: second + 1)
      )
    }
  }

  @Test("Another rate is resampled on the way")
  func resampled() throws {
    let model = Self.model()
    let mel = model.settings.mel
    let song = song(seconds: 3, rate: 32_000)
    let mono = try Resampler.resample(song.whole.downmixed(), from: 32_000, to: mel.sampleRate)
    let whole = try Windows.activations(
      of: LogMel(settings: mel).spectrogram(of: mono), model: model)
    let heard = try Hearing(song, model: model).activations
    #expect(heard.frames == whole.frames)
    #expect(zip(heard.values, whole.values).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test("A disk that fails on the way is the answer")
  func failure() throws {
    var song = song(seconds: 20, rate: 44_100)
    song.failure = 15 * 44_100
    let error = try #require(throws: AudioError.self) { try Hearing(song, model: Self.model()) }
    #expect(error.reason == "the disk is gone")
  }

  @Test("A cancelled task stops while the song is read")
  func cancellation() async {
    let song = song(seconds: 60, rate: 44_100)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try Hearing(song, model: Self.model())
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test(
    "Windows cut on the way are those of the whole",
    arguments: [
      (0, 10, 2), (1, 10, 2), (10, 10, 2), (11, 10, 2), (997, 100, 13), (2_000, 1_000, 50),
    ])
  func cutting(frames: Int, length: Int, border: Int) {
    let rows = (0..<frames).flatMap { [Float($0), -Float($0)] }
    for size in [1, 3, 64, 5_000] {
      var cutter = WindowCutter(bins: 2, length: length, border: border)
      var cuts: [WindowCutter.Cut] = []
      for start in stride(from: 0, to: frames, by: size) {
        cuts += cutter.append(Array(rows[2 * start..<2 * min(frames, start + size)]))
      }
      if let last = cutter.finish() { cuts.append(last) }
      let whole = Windows.cut(frames: frames, length: length, border: border)
      #expect(cuts.map(\.window) == whole)
      for cut in cuts {
        let input = cut.window.input
        #expect(cut.features == Array(rows[2 * input.lowerBound..<2 * input.upperBound]))
      }
    }
  }
}
