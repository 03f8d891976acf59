internal import Artwork
internal import DrumNet
internal import FoundationEssentials
internal import Spectral
internal import Transcription

/// Writes an example for ears and eyes: the sound, its labels, and a picture of both.
package enum ExampleListening {
  /// Pixels a second in the picture: one a frame.
  private static let pixelsPerSecond = 100.0
  private static let laneHeight = 22
  private static let margin = 90

  /// Writes `STEM.wav` (mono, 16 bits), `STEM.txt` (a label track as Audacity imports it) and
  /// `STEM.svg` (the spectrogram as the network gets it, strokes below it in one lane a drum, beats
  /// across). Throws ``TrainingError``.
  package static func write(_ example: TrainingExample, stem: String) throws {
    try save(wave(example.audio), to: stem + ".wav")
    try save(Data(labels(of: example).utf8), to: stem + ".txt")
    try save(Data(try picture(of: example).utf8), to: stem + ".svg")
  }

  private static func save(_ data: Data, to path: String) throws {
    do {
      try data.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw TrainingError(path: path, stage: "writing an example", reason: "\(error)")
    }
  }

  /// A RIFF file. What is beyond full scale is clipped.
  static func wave(_ samples: [Float]) -> Data {
    func word(_ value: Int, _ count: Int) -> Data {
      Data((0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }
    let rate = SampleFile.sampleRate
    let size = 2 * samples.count
    var data = Data("RIFF".utf8)
    data += word(36 + size, 4) + Data("WAVEfmt ".utf8) + word(16, 4) + word(1, 2) + word(1, 2)
    data += word(rate, 4) + word(2 * rate, 4) + word(2, 2) + word(16, 2)
    data += Data("data".utf8) + word(size, 4)
    let integers = samples.map { Int16((min(max($0, -1), 1) * 32_767).rounded()).littleEndian }
    data += unsafe integers.withUnsafeBytes { unsafe Data($0) }
    return data
  }

  /// Start, end (seconds) and text by tab: `snare 100`, `hihat open 80`, `beat 1`.
  static func labels(of example: TrainingExample) -> String {
    var lines = example.onsets.map { onset in
      let open = onset.isOpen ? " open" : ""
      return (onset.time, "\(onset.drum.name)\(open) \(onset.velocity)")
    }
    lines += example.beats.map { ($0.time, "beat \($0.position)") }
    return lines.sorted { $0.0 < $1.0 }
      .map { "\(fixed($0.0, 6))\t\(fixed($0.0, 6))\t\($0.1)\n" }.joined()
  }

  private static func picture(of example: TrainingExample) throws -> String {
    let spectrogram = LogMel(settings: MelSettings()).spectrogram(of: example.audio)
    let (frames, bins) = (spectrogram.frames, spectrogram.bins)
    let loudest = max(spectrogram.values.max() ?? 0, 1e-6)
    let png = try Heatmap.png(width: frames, height: bins) { column, row in
      spectrogram.values[column * bins + bins - 1 - row] / loudest
    }
    let height = 2 * bins
    let drums = DrumClass.allCases
    let bottom = height + drums.count * laneHeight
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(frames + margin)" height="\(bottom + 20)" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="#fff"/>
      <image x="\(margin)" width="\(frames)" height="\(height)" preserveAspectRatio="none" \
      href="data:image/png;base64,\(Data(png).base64EncodedString())"/>

      """
    for beat in example.beats {
      let x = place(beat.time)
      let width = beat.position == 1 ? 1.5 : 0.5
      svg += "<path d=\"M\(x) 0V\(bottom)\" stroke=\"#888\" stroke-width=\"\(width)\"/>\n"
    }
    for (lane, drum) in drums.enumerated() {
      let y = height + lane * laneHeight
      svg += "<text x=\"4\" y=\"\(y + 15)\">\(drum.name)</text>\n"
      svg += "<path d=\"M0 \(y)H\(frames + margin)\" stroke=\"#ccc\"/>\n"
      for onset in example.onsets where onset.drum == drum {
        let x = place(onset.time)
        let tall = Double(laneHeight - 2) * Double(max(onset.velocity, 20)) / 127
        let top = fixed(Double(y + laneHeight - 1) - tall, 1)
        svg += "<path d=\"M\(x) \(top)v\(fixed(tall, 1))\" stroke=\"\(colour(onset.isOpen))\""
        svg += " stroke-width=\"2\"/>\n"
      }
    }
    for second in 0...Int(Double(frames) / pixelsPerSecond) {
      let x = place(Double(second))
      svg += "<text x=\"\(x)\" y=\"\(bottom + 15)\">\(second) s</text>\n"
    }
    return svg + "</svg>\n"
  }

  private static func place(_ time: Double) -> String {
    fixed(Double(margin) + time * pixelsPerSecond, 1)
  }

  private static func colour(_ isOpen: Bool) -> String { isOpen ? "#e07000" : "#204080" }
}
