package import DrumNet
internal import FoundationEssentials
internal import Transcription

/// What a source of real recordings has to offer, for a person to judge.
package struct CorpusReport: Sendable {
  struct Kept: Sendable {
    var entry: PreparedCorpus.Entry
    var annotation: CorpusSong.Annotation
    var alignment: OnsetAlignment
  }

  enum Result: Sendable {
    case kept(Kept)
    case dropped(String, String)
  }

  package let source: String
  package let licence: String
  /// Songs that were not looked at because of `--sample-ratio`.
  package var leftOut = 0
  package private(set) var songs: [CorpusDescription.Role: Int] = [:]
  package private(set) var seconds = 0.0
  package private(set) var onsets: [DrumClass: Int] = [:]
  /// Of the strokes whose velocity is known.
  package private(set) var velocities: [DrumClass: [Int]] = [:]
  /// Milliseconds of every kept song.
  package private(set) var offsets: [Double] = []
  package private(set) var residuals: [Double] = []
  package private(set) var dropped: [(name: String, reason: String)] = []

  /// Upper ends of the histogram's bins, milliseconds.
  private static let offsetBins = [-100.0, -30, -10, -3, 3, 10, 30, 100]
  private static let residualBins = [2.0, 5, 10, 20, 30]

  init(source: String, licence: String) {
    self.source = source
    self.licence = licence
  }

  mutating func drop(_ name: String, _ reason: String) { dropped.append((name, reason)) }

  mutating func add(_ result: Result) {
    switch result {
    case .dropped(let name, let reason): drop(name, reason)
    case .kept(let kept):
      songs[kept.entry.role, default: 0] += 1
      seconds += kept.entry.seconds
      offsets.append(kept.alignment.offset * 1_000)
      if let residual = kept.alignment.residual { residuals.append(residual * 1_000) }
      for onset in kept.annotation.onsets {
        onsets[onset.drum, default: 0] += 1
        if onset.velocity > 0 { velocities[onset.drum, default: []].append(onset.velocity) }
      }
    }
  }

  /// Everything, in lines.
  package var text: String {
    let roles = CorpusDescription.Role.allCases.compactMap { role in
      songs[role].map { "\($0) \(role.rawValue)" }
    }
    var lines = [
      "\(source) (\(licence)): \(songs.values.reduce(0, +)) songs"
        + (roles.isEmpty ? "" : " (" + roles.joined(separator: ", ") + ")")
        + ", \(fixed(seconds / 3_600, 2)) hours"
        + (leftOut > 0 ? "; \(leftOut) songs not looked at" : "")
    ]
    for drum in DrumClass.allCases {
      lines.append("  \(pad(drum.name)) \(onsets[drum] ?? 0) onsets\(spread(of: drum))")
    }
    lines.append("  offset of the sound, ms: " + histogram(offsets, Self.offsetBins))
    lines.append("  parts away from it, ms:  " + histogram(residuals, Self.residualBins))
    let reasons = Dictionary(grouping: dropped, by: \.reason)
    for (reason, songs) in reasons.sorted(by: { $0.value.count > $1.value.count }) {
      let names = songs.prefix(3).map(\.name).joined(separator: ", ")
      lines.append(
        "  dropped \(songs.count): \(reason) (\(names)\(songs.count > 3 ? ", ..." : ""))")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func pad(_ name: String) -> String {
    name + String(repeating: " ", count: max(0, 9 - name.count))
  }

  private func spread(of drum: DrumClass) -> String {
    guard let values = velocities[drum]?.sorted(), !values.isEmpty else {
      return onsets[drum] == nil ? "" : ", velocities not known"
    }
    let tenth = values[values.count / 10]
    let ninth = values[values.count * 9 / 10]
    return ", velocity \(values[values.count / 2]) (\(tenth)-\(ninth))"
  }

  private func histogram(_ values: [Double], _ bins: [Double]) -> String {
    let edges = [-Double.infinity] + bins + [.infinity]
    return zip(edges, edges.dropFirst()).compactMap { low, high in
      let count = values.count { $0 > low && $0 <= high }
      guard count > 0 else { return nil }
      let range =
        low == -.infinity
        ? "up to \(Int(high))"
        : high == .infinity ? "over \(Int(low))" : "\(Int(low))..\(Int(high))"
      return "\(range): \(count)"
    }.joined(separator: "  ")
  }
}
