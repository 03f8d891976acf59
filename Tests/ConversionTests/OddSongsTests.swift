import ChartFormat
import Conversion
import Foundation
import TestSupport
import Testing

/// Whatever is dropped: a chart that games play, or a refusal that says why; never a crash, never an
/// empty folder.
@Suite(
  "Odd songs", .enabled(if: ShippedModelTests.model != nil, "there is no model in models/"))
struct OddSongsTests {
  private enum Answer {
    case chart(ConversionReport, Chart)
    case refusal(String)
  }

  /// Converts sound, and holds the answer against what every song must become.
  private func convert(_ sound: Noises) throws -> Answer {
    let folder = try TemporaryFolder()
    let peak = max(1, sound.samples.map(abs).max() ?? 1)
    let bytes = WaveFile.bytes(sound.samples.map { $0 / peak }, rate: Noises.rate)
    try bytes.write(to: folder("Nobody - Odd.wav"))
    let outbox = folder("out")
    do {
      let report = try SongConverter.convert(
        path: folder("Nobody - Odd.wav").path, outbox: outbox.path,
        options: ConversionOptions(model: ShippedModelTests.model ?? ""))
      let song = try ChartFolder(path: report.folder)
      let errors = report.issues.filter { $0.severity == .error && $0.kind != .isDefaultBPM }
      #expect(errors.isEmpty, "\(errors)")
      #expect(song.chart.tracks.count == 4)
      #expect(song.chart.tracks.values.allSatisfy { !$0.notes.isEmpty })
      return .chart(report, song.chart)
    } catch let error as ConversionError {
      #expect(error.isSongAtFault && !error.reason.isEmpty)
      #expect(TemporaryFolder.names(in: outbox).isEmpty)
      return .refusal(error.reason)
    }
  }

  @Test("Music without drums, a cappella, speech and noise: a refusal in words, or a warned chart")
  func drumless() throws {
    var sounds: [(name: String, sound: Noises)] = []
    for name in ["strings", "a cappella", "speech", "ten seconds of noise"] {
      var sound = Noises(seconds: name == "ten seconds of noise" ? 10 : 15)
      switch name {
      case "strings": sound.strings()
      case "a cappella": sound.voice(isSung: true)
      case "speech": sound.voice(isSung: false)
      default: sound.hiss()
      }
      sounds.append((name, sound))
    }
    for (name, sound) in sounds {
      switch try convert(sound) {
      case .refusal(let reason): #expect(reason.contains("no drums"), "\(name): \(reason)")
      case .chart(let report, _):
        #expect(report.warnings.count > 1, "\(name) became a chart without a word of warning")
      }
    }
  }

  @Test("A metronome is refused, or charted at its tempo")
  func metronome() throws {
    var sound = Noises(seconds: 16)
    for beat in 0..<31 { sound.hit(.click, at: 0.25 + Double(beat) * 0.5) }
    guard case .chart(let report, _) = try convert(sound) else { return }
    #expect(isAbout(report.typicalTempo, 120), "\(report.typicalTempo)")
  }

  @Test("Grooves at 300 and at 40 BPM are charted at their tempo, or an octave of it")
  func extremes() throws {
    for tempo in [300.0, 40] {
      let bars = tempo > 100 ? 20 : 4
      let eighth = 30 / tempo
      var sound = Noises(seconds: 1 + Double(bars) * 8 * eighth + 2)
      _ = sound.groove(from: 0.5, bars: bars, eighth: eighth)
      guard case .chart(let report, let chart) = try convert(sound) else {
        Issue.record("a groove at \(tempo) BPM was refused")
        continue
      }
      #expect(isAbout(report.typicalTempo, tempo), "\(tempo): \(report.typicalTempo)")
      #expect(chart.tracks[.expert]!.notes.count > bars * 6)
    }
  }

  @Test("Grooves in 5/4 and 7/8 are charted on their beat")
  func oddMetres() throws {
    for eighths in [10, 7] {
      var sound = Noises(seconds: 20)
      let bars = Int(18 / (Double(eighths) * 0.24))
      _ = sound.groove(from: 0.5, bars: bars, eighths: eighths, eighth: 0.24)
      guard case .chart(let report, let chart) = try convert(sound) else {
        Issue.record("a groove of \(eighths) eighths was refused")
        continue
      }
      #expect(isAbout(report.typicalTempo, 125), "\(eighths): \(report.typicalTempo)")
      #expect(chart.tracks[.expert]!.notes.count > bars * 6)
    }
  }

  /// Three eighths at 180 BPM are a beat at 120: triplets are as good a reading of the second half.
  @Test("A song that goes from 120 to 180 BPM follows the change, its notes where the strokes are")
  func change() throws {
    var sound = Noises(seconds: 30)
    let middle = sound.groove(from: 0.5, bars: 7, eighth: 0.25)
    _ = sound.groove(from: middle, bars: 10, eighth: 1.0 / 6)
    guard case .chart(let report, let chart) = try convert(sound) else {
      Issue.record("it was refused")
      return
    }
    let map = chart.tempoMap
    let times = chart.tracks[.expert]!.notes.map { map.seconds(at: $0.tick) - report.leadIn }
    let placed = times.count { time in
      let (start, eighth) = time < middle - 0.05 ? (0.5, 0.25) : (middle, 1.0 / 6)
      let steps = (time - start) / eighth
      return abs(steps - steps.rounded()) * eighth < 0.02
    }
    #expect(placed * 20 >= times.count * 19, "\(placed) of \(times.count)")
    let early = map.tempo(at: Tick(Int(map.tick(at: 8)))).beatsPerMinute
    let late = map.tempo(at: Tick(Int(map.tick(at: 24)))).beatsPerMinute
    #expect(isAbout(early, 120), "\(early)")
    #expect(isAbout(late, 180) || isAbout(late, 120), "\(late)")
  }

  @Test("Twelve minutes are no problem", .enabled(if: isLong, "needs CHARTHERO_LONG_TESTS=1"))
  func twelveMinutes() throws {
    var sound = Noises(seconds: 720)
    _ = sound.groove(from: 0.5, bars: 355, eighth: 0.25)
    guard case .chart(let report, let chart) = try convert(sound) else {
      Issue.record("it was refused")
      return
    }
    #expect(isAbout(report.typicalTempo, 120))
    #expect(chart.sections.count > 20)
  }

  private static let isLong =
    ProcessInfo.processInfo.environment["CHARTHERO_LONG_TESTS"] != nil

  /// Within a fiftieth of a tempo, or of its octaves: which of them is felt is a matter of taste.
  private func isAbout(_ found: Double, _ tempo: Double) -> Bool {
    [0.25, 0.5, 1, 2, 4].contains { abs(found / (tempo * $0) - 1) < 0.02 }
  }
}
