internal import Artwork
import DrumNet
import Foundation
import Spectral
import Transcription

/// The stretch of a song where most went wrong, as SVG: the spectrogram, and for each class what
/// the network was sure of, with what it found, missed and invented.
struct MistakePicture {
  let score: SongScore
  let spectrogram: Spectrogram
  let activations: Activations
  let calibration: Calibration

  /// Seconds in one picture and pixels in a second.
  private static let seconds = 8.0
  private static let scale = 120.0
  private static let left = 80.0
  private static let imageHeight = 128.0
  private static let rowHeight = 26.0

  /// When the worst stretch begins (s).
  private var start: Double {
    let wrong = score.onsets.filter { $0.estimate == nil || $0.annotation == nil }.map(\.time)
    let starts = wrong.map { max(0, $0 - 0.5) }
    let worst = starts.max { a, b in count(wrong, from: a) < count(wrong, from: b) }
    return min(worst ?? 0, max(0, score.duration - Self.seconds))
  }

  private func count(_ times: [Double], from start: Double) -> Int {
    times.count { $0 >= start && $0 < start + Self.seconds }
  }

  func svg() throws -> String {
    let start = start
    let drums = DrumClass.allCases
    let width = Self.left + Self.seconds * Self.scale
    let height = Self.imageHeight + Double(drums.count) * Self.rowHeight + 20
    var parts = [
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(Int(width)) \(Int(height))' "
        + "width='\(Int(width))' height='\(Int(height))' font-family='sans-serif' font-size='11'>",
      "<image x='\(Int(Self.left))' y='0' width='\(Int(width - Self.left))' "
        + "height='\(Int(Self.imageHeight))' preserveAspectRatio='none' "
        + "href='data:image/png;base64,\(try image(from: start))'/>",
    ]
    for (row, drum) in drums.enumerated() {
      let bottom = Self.imageHeight + Double(row + 1) * Self.rowHeight
      parts.append(
        "<text x='4' y='\(Int(bottom - 8))' fill='currentColor'>\(drum.name)</text>")
      parts.append(curve(drum, from: start, bottom: bottom))
      for onset in score.onsets
      where onset.drum == drum && onset.time >= start && onset.time < start + Self.seconds {
        parts.append(mark(onset, from: start, bottom: bottom))
      }
    }
    for second in stride(from: start.rounded(.up), to: start + Self.seconds, by: 1) {
      let x = fixed(Self.left + (second - start) * Self.scale, 1)
      parts.append(
        "<text x='\(x)' y='\(Int(height - 4))' fill='currentColor'>\(Int(second)) s</text>")
    }
    return parts.joined(separator: "\n") + "\n</svg>"
  }

  private func image(from start: Double) throws -> String {
    let first = Int(start * spectrogram.framesPerSecond)
    let frames = Int(Self.seconds * spectrogram.framesPerSecond)
    let bins = spectrogram.bins
    let highest = max(spectrogram.values.max() ?? 1, 1e-6)
    let png = try Heatmap.png(width: frames, height: bins) { column, row in
      let frame = first + column
      guard frame < spectrogram.frames else { return 0 }
      return spectrogram.values[frame * bins + bins - 1 - row] / highest
    }
    return Data(png).base64EncodedString()
  }

  private func curve(_ drum: DrumClass, from start: Double, bottom: Double) -> String {
    let rate = activations.framesPerSecond
    let height = Self.rowHeight - 4
    let last = min(activations.frames, Int((start + Self.seconds) * rate))
    let points = (Int(start * rate)..<max(Int(start * rate), last)).map { frame in
      let value = Double(
        activations.values[frame * OutputLayout.count + OutputLayout.onset(drum)])
      let x = Self.left + (Double(frame) / rate - start) * Self.scale
      return "\(fixed(x, 1)),\(fixed(bottom - height * value, 1))"
    }
    let threshold = fixed(bottom - height * calibration[drum].threshold, 1)
    return "<line x1='\(Int(Self.left))' x2='\(Int(Self.left + Self.seconds * Self.scale))' "
      + "y1='\(threshold)' y2='\(threshold)' stroke='gray' stroke-dasharray='2 4'/>"
      + "<polyline fill='none' stroke='steelblue' points='\(points.joined(separator: " "))'/>"
  }

  /// Found: a green tick at the foot; missed: a red stroke; invented: an orange one.
  private func mark(_ onset: JudgedOnset, from start: Double, bottom: Double) -> String {
    let x = fixed(Self.left + (onset.time - start) * Self.scale, 1)
    let (colour, top, kind) =
      if onset.estimate == nil {
        ("red", bottom - Self.rowHeight + 4, "missed")
      } else if onset.annotation == nil {
        ("darkorange", bottom - Self.rowHeight + 4, "invented")
      } else {
        ("seagreen", bottom - 6, "found")
      }
    return "<line x1='\(x)' x2='\(x)' y1='\(fixed(top, 1))' y2='\(fixed(bottom, 1))' "
      + "stroke='\(colour)' stroke-width='2'><title>\(kind) \(onset.drum.name) at "
      + "\(fixed(onset.time, 3)) s</title></line>"
  }
}
