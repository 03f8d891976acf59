import Audio
import DrumNet
import Foundation
import Spectral
import TestSupport
import Testing

@testable import Transcription

@Suite("Hearing drums while they are played")
struct LiveHearingTests {
  private static let model = TemporaryFolder.names(in: Repository.file("models"))
    .first { $0.hasSuffix(".safetensors") }.map { Repository.file("models/" + $0).path }

  /// Fifteen seconds of a sample song.
  private static func song() throws -> AudioBuffer {
    let whole = try AudioFile.decode(
      path: Repository.file("samples/Sectoid - Feelings.wav").path
    ).buffer
    return AudioBuffer(
      channels: whole.channels.map { Array($0.prefix(15 * whole.sampleRate)) },
      sampleRate: whole.sampleRate)
  }

  /// All hits, each with the seconds of audio that had come when it was told.
  private func heard(
    _ song: AudioBuffer, _ model: DrumModel, delay: Double, block: Int
  ) throws -> [(onset: Onset, at: Double)] {
    let live = try LiveHearing(model: model, sampleRate: song.sampleRate, delay: delay)
    var hits: [(Onset, Double)] = []
    for start in stride(from: 0, to: song.frameCount, by: block) {
      let end = min(song.frameCount, start + block)
      let part = song.channels.map { Array($0[start..<end]) }
      let now = Double(end) / Double(song.sampleRate)
      hits += try live.append(AudioBuffer(channels: part, sampleRate: song.sampleRate))
        .map { ($0, now) }
    }
    hits += try live.finish().map { ($0, song.duration) }
    return hits
  }

  @Test(
    "Hits come within the delay, ever once, and are mostly those of the whole song",
    .enabled(if: model != nil, "there is no model in models/"))
  func bounded() throws {
    let model = try DrumModel(contentsOf: try #require(Self.model))
    let song = try Self.song()
    let block = 441
    let whole = PeakPicking.onsets(
      in: try Transcriber(model: model).activations(of: song),
      calibration: model.settings.calibration, minimumConfidence: 0)
    for delay in [0.2, 0.8] {
      let hits = try heard(song, model, delay: delay, block: block)
      // The class's offset and the refined peak move a hit by a frame at most.
      let latest = delay + 0.01 + Double(block) / Double(song.sampleRate)
      #expect(hits.allSatisfy { $0.at - $0.onset.time <= latest })
      let onsets = hits.map(\.onset)
      #expect(Set(onsets).count == onsets.count)
      #expect(OnsetAgreement(onsets, whole).fMeasure > (delay < 0.5 ? 0.65 : 0.75))
    }
  }

  @Test(
    "Blocks of any size give the same hits",
    .enabled(if: model != nil, "there is no model in models/"))
  func blocks() throws {
    let model = try DrumModel(contentsOf: try #require(Self.model))
    let song = try Self.song()
    let one = try heard(song, model, delay: 0.8, block: 777).map(\.onset)
    let other = try heard(song, model, delay: 0.8, block: 100_000).map(\.onset)
    #expect(one == other && one.count > 20)
  }

  @Test("The delay is spent whole, and never more than it")
  func delays() {
    let mel = MelSettings()
    for hundredths in stride(from: 0, through: 500, by: 7) {
      let seconds = Double(hundredths) / 100
      let delay = LiveDelay(seconds: seconds, mel: mel)
      let spent = Double(delay.step + delay.lookahead + LiveDelay.settling) / 100 + 1_024 / 44_100
      let wanted = max(seconds, LiveDelay.least(mel))
      #expect(spent <= wanted + 1e-9 && (spent > wanted - 0.0101 || wanted > 4))
      #expect(delay.step + delay.lookahead <= LiveDelay.window)
    }
  }

  @Test("Company is sought in what went before")
  func company() {
    var company = LiveCompany(needed: 2)
    func hit(_ time: Double, _ confidence: Double = 1) -> Onset {
      Onset(time: time, drum: .snare, confidence: confidence)
    }
    #expect(company.present([hit(0)]).isEmpty)
    #expect(company.present([hit(1), hit(2, 0.5)]).map(\.time) == [1, 2])
    #expect(company.present([hit(30)]).isEmpty)
  }

  @Test("Agreement counts each hit once")
  func agreement() {
    func hit(_ time: Double, _ drum: DrumClass = .kick) -> Onset { Onset(time: time, drum: drum) }
    let a = [hit(1), hit(2), hit(3)]
    #expect(OnsetAgreement(a, a).fMeasure == 1 && OnsetAgreement([], []).fMeasure == 1)
    let near = OnsetAgreement(a, [hit(1.049), hit(1.051), hit(2, .snare)])
    #expect(near.both == 1 && near.first == 3 && near.second == 3)
    #expect(OnsetAgreement(a, [hit(2, .snare)], of: [.snare]).fMeasure == 0)
  }
}
