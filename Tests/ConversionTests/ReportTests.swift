import Audio
import ChartFormat
import Conversion
import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

@Suite("The report of a conversion")
struct ReportTests {
  let song = WaveFile.bytes(clicks(seconds: 6), rate: 44_100, channels: 2)

  @Test("It says what was heard and kept, how well beats and map agree, and what is wrong")
  func figures() throws {
    let report = try Workbench().convert(song, as: "The Band - A Song.wav")
    #expect(report.heard["hihat"] == 9 && report.heard["crash"] == 0)
    #expect(Set(report.confidence.keys) == ["kick", "snare", "hihat"])
    #expect(report.confidence.values.allSatisfy { $0 > 0.9 })
    #expect(report.tempoFit.median <= report.tempoFit.p95)
    #expect(report.tempoFit.largest < 15)
    #expect(report.tiers.count == 4 && report.tiers["expert"] == 18)
    #expect(report.sections.first == "Intro")
    // The beat begins after one bar of lead-in, so the first bars have no hits.
    #expect(report.barConfidence.first == .some(nil))
    #expect(report.barConfidence.compactMap { $0 }.allSatisfy { 0.9...1 ~= $0 })
    #expect(report.barConfidence.contains { $0 != nil })
  }

  @Test("As JSON it is read back whole, as text it has every drum, warning and issue")
  func forms() throws {
    let report = try Workbench().convert(song, as: "The Band - A Song.wav")
    let back = try JSONDecoder().decode(ConversionReport.self, from: Data(report.json().utf8))
    #expect(back == report)
    let text = report.text()
    for drum in DrumClass.allCases { #expect(text.contains("\n" + drum.name)) }
    for warning in report.warnings { #expect(text.contains("- " + warning + "\n")) }
    for issue in report.issues { #expect(text.contains("- \(issue)\n")) }
    #expect(text.contains("The Band – A Song") && text.contains("120.00 BPM"))
  }

  @Test("A song without tags, with few drums, is warned of")
  func warnings() throws {
    let warnings = try Workbench().convert(song, as: "The Band - A Song.wav").warnings
    #expect(warnings.contains("no tags: named from the file"))
    #expect(warnings.contains { $0.hasPrefix("few drums heard: 18 notes") })
  }

  @Test("Where the hits miss the grid the tempo is said to be uncertain, and nowhere else")
  func doubt() throws {
    // Eighths at 120 BPM: right for eight seconds, up to 40 ms late for another eight.
    let bench = try Workbench { audio, metadata, progress in
      var heard = steadyBeat(audio, metadata, progress)
      let map = heard.tempoMap
      heard.gridOnsets = (0..<64).map { i in
        let tick = Tick(map.resolution * 4 + i * map.resolution / 2)
        let late = i < 32 ? 0.003 : Double(i % 5) * 0.01
        let time = map.seconds(at: tick) + late
        return GridOnset(tick: tick, onset: Onset(time: time, drum: .snare))
      }
      heard.onsets = heard.gridOnsets.map(\.onset)
      return heard
    }
    let warnings = try bench.convert(song, as: "A - B.wav").warnings
    let doubts = warnings.filter { $0.hasPrefix("tempo uncertain between") }
    #expect(doubts.count == 1)
    #expect(doubts.first?.hasPrefix("tempo uncertain between 0:1") == true)
  }

  @Test("A long silence of the drums and doubtful hits are told")
  func silence() throws {
    let bench = try Workbench { audio, metadata, progress in
      var heard = steadyBeat(audio, metadata, progress)
      for i in heard.onsets.indices {
        heard.onsets[i].confidence = 0.4
        if i > 8 { heard.onsets[i].time += 60 }
      }
      return heard
    }
    let warnings = try bench.convert(song, as: "A - B.wav").warnings
    #expect(warnings.contains { $0.hasPrefix("no drums heard between 0:") })
    #expect(warnings.contains { $0.hasPrefix("the hits are heard with little confidence (0.40") })
  }

  @Test("Audio far beyond full scale is turned down, and that is told")
  func loudness() throws {
    let loud = clicks(seconds: 6).map { $0 * 3 }
    var bytes = [UInt8]("RIFF".utf8)
    func word(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    bytes += word(36 + 4 * loud.count, 4) + Array("WAVEfmt ".utf8) + word(16, 4) + word(3, 2)
    bytes += word(1, 2) + word(44_100, 4) + word(44_100 * 4, 4) + word(4, 2) + word(32, 2)
    bytes += Array("data".utf8) + word(4 * loud.count, 4)
    for sample in loud { bytes += word(Int(Float(sample).bitPattern), 4) }
    let bench = try Workbench()
    let report = try bench.convert(Data(bytes), as: "A - B.wav")
    #expect(report.warnings.contains { $0.hasPrefix("the audio was turned down to") })
    let audio = try AudioFile.decode(path: report.folder + "/song.ogg").buffer
    #expect(audio.channels.allSatisfy { $0.allSatisfy { abs($0) <= 1 } })
  }
}
