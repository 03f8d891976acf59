import ChartFormat
import DrumNet

@testable import Transcription

/// Songs written as text for tests of charting: one string a bar and drum, one character a step.
struct WrittenSong {
  var tempo = 120_000
  var resolution = 192
  var signature = TimeSignature.common
  var onsets: [GridOnset] = []
  var bars = 0

  var map: TempoMap {
    TempoMap(
      resolution: resolution, tempos: [.init(tick: .zero, tempo: MilliBPM(tempo))],
      metres: [.init(tick: .zero, signature: signature)])
  }

  var duration: Double { map.seconds(at: Tick(bars * barLength)) + 4 }
  private var barLength: Int { resolution * 4 * signature.beats / signature.unit }

  init(tempo: Int = 120_000, leadIn: Int = 2) {
    self.tempo = tempo
    bars = leadIn
  }

  /// Adds a bar `count` times. `.` is a rest, `x` a stroke, `X` a loud and `g` a quiet one, `o` an
  /// open hi-hat; any number of steps that divides the bar.
  mutating func add(_ rows: [DrumClass: String]) { add(1, rows) }

  mutating func add(_ count: Int, _ rows: [DrumClass: String]) {
    for _ in 0..<count {
      for (drum, row) in rows.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        let step = barLength / row.count
        for (i, mark) in row.enumerated() where mark != "." {
          let tick = Tick(bars * barLength + i * step)
          onsets.append(
            GridOnset(
              tick: tick,
              onset: Onset(
                time: map.seconds(at: tick), drum: drum,
                velocity: mark == "g" ? 30 : mark == "X" ? 120 : 90, confidence: 0.9,
                isOpen: mark == "o")))
        }
      }
      bars += 1
    }
    onsets.sort { $0.tick < $1.tick }
  }

  func chart() -> Chart {
    Charting.chart(
      onsets: onsets, tempoMap: map, metadata: SongMetadata(title: "T", artist: "A"),
      audioDuration: duration)
  }

  /// Expert notes only.
  func expert() -> [DrumNote] {
    chart().tracks[.expert]!.notes
  }
}

extension [DrumNote] {
  /// The notes on a tick as short names: K, R, Y B G for toms, y b g for cymbals, `+` second kick.
  func names(at tick: Int) -> String {
    filter { $0.tick.value == tick }.map(\.shortName).joined()
  }

  var names: String { map(\.shortName).joined(separator: " ") }
}

extension DrumNote {
  var shortName: String {
    if pad == .kick { return isSecondKick ? "+" : "K" }
    let letter = ["K", "R", "Y", "B", "G"][pad.rawValue]
    let mark = dynamic == .ghost ? "'" : dynamic == .accent ? "!" : ""
    return (isCymbal ? letter.lowercased() : letter) + mark
  }
}
