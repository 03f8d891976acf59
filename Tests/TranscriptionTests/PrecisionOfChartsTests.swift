import Audio
import ChartFormat
import DrumNet
import Foundation
import Spectral
import TensorCore
import TestSupport
import Testing

@testable import Transcription

/// What fewer bits change in a chart: a hit at its threshold now and then, nothing else.
@Suite("Charts in every precision")
struct PrecisionOfChartsTests {
  private struct Written {
    var tempoMap: TempoMap
    var notes: Set<String>
  }

  /// The Expert notes of a sample as the shipped model hears it.
  private static func chart(_ sample: String, _ precision: Precision) throws -> Written {
    let model = try DrumModel(
      contentsOf: Repository.file("models/hybrid-small.safetensors").path, precision: precision)
    let mel = model.settings.mel
    let audio = try AudioFile.decode(path: Repository.file("samples/" + sample).path).buffer
    let samples = try Resampler.resample(
      audio.downmixed(), from: audio.sampleRate, to: mel.sampleRate)
    let activations = try Windows.activations(
      of: LogMel(settings: mel).spectrogram(of: samples), model: model)
    let result = Transcriber.transcription(
      of: activations, duration: Double(samples.count) / Double(mel.sampleRate),
      calibration: model.settings.calibration, minimumConfidence: 0,
      metadata: SongMetadata(title: sample, artist: ""))
    let notes = try #require(result.chart.tracks[.expert]?.notes)
    return Written(
      tempoMap: result.tempoMap,
      notes: Set(notes.map { "\($0.tick.value) \($0.pad) \($0.isCymbal)" }))
  }

  @Test("bfloat16 and int8 write the notes that Float32 writes, but for two in a hundred at most")
  func notes() throws {
    var (different, all) = ([Precision: Int](), 0)
    for sample in ["chaosland.mp3", "Sectoid - Feelings.wav"] {
      let exact = try Self.chart(sample, .float32)
      all += exact.notes.count
      for precision in [Precision.bfloat16, .int8] {
        let rounded = try Self.chart(sample, precision)
        #expect(rounded.tempoMap == exact.tempoMap, "\(sample), \(precision)")
        different[precision, default: 0] += rounded.notes.symmetricDifference(exact.notes).count
      }
    }
    #expect(all > 300)
    for (precision, count) in different {
      print("\(precision): \(count) notes of \(all) in one chart alone")
      #expect(Double(count) <= 0.02 * Double(all), "\(precision)")
    }
  }
}
