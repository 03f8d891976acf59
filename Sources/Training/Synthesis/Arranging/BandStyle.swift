internal import FoundationEssentials

/// A style of the library of MMA, the Musical MIDI Accompaniment generator: patterns for drums, bass
/// and harmony, as one of its files defines them.
package struct BandStyle: Sendable {
  /// The file below the library without its ending, such as `casio/60srock`: MMA's `Use` takes it.
  package var file: String
  /// 3, 4 or 5, all quarters.
  package private(set) var beatsPerBar = 4
  /// What may go on for a whole song, such as a verse's and a chorus's; at least one.
  var grooves: [String] = []
  var intros: [String] = []
  var fills: [String] = []
  var endings: [String] = []

  /// - Parameter text: what stands in the file.
  /// - Returns: `nil` where it is unclear what a beat is, or another than people tap: dances written in
  ///   half notes, and compound metres, whose quarters MMA writes as eighths.
  package init?(file: String, text: String) {
    self.file = file
    var metres: Set<Int> = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.lowercased().split { " \t/".contains($0) }
      guard words.count > 1 else { continue }
      switch words[0] {
      case "time":
        guard let beats = Int(words[1]) else { return nil }
        metres.insert(beats)
      case "timesig":
        guard words.count > 2, let beats = Int(words[1]), words[2] == "4" else { return nil }
        metres.insert(beats)
      case "defgroove": add(groove: String(words[1]))
      default:
        if line.contains("tempo") && Self.countedTwice.contains(where: line.contains) { return nil }
      }
    }
    guard let beats = metres.first, metres.count == 1, Self.metres ~= beats, !grooves.isEmpty,
      !Self.halfNoteDances.contains(where: file.lowercased().contains)
    else { return nil }
    beatsPerBar = beats
  }

  private mutating func add(groove name: String) {
    if name.contains("intro") {
      intros.append(name)
    } else if name.contains("end") {
      endings.append(name)
    } else if name.contains("fill") {
      fills.append(name)
    } else {
      grooves.append(name)
    }
  }

  private static let metres = 3...5
  private static let countedTwice = ["double", "multiply", "halving", "three times"]
  private static let halfNoteDances = [
    "polka", "march", "foxtrot", "quickstep", "twostep", "2beat", "ragtime", "charleston",
    "klezmer",
  ]

  /// What the style is usually played at, in BPM, by its name.
  var tempos: ClosedRange<Double> {
    let name = file.lowercased()
    return Self.temposByName.first { entry in entry.names.contains(where: name.contains) }?.range
      ?? 72...150
  }

  private static let temposByName: [(names: [String], range: ClosedRange<Double>)] = [
    (["ballad", "slow", "serenade", "bolero", "lullaby", "air"], 54...92),
    (["16", "r+b", "rb", "hiphop", "hip-hop", "soul", "reggae", "trip"], 64...108),
    (["swing", "jazz", "bop", "bigband", "basie", "dixie"], 100...210),
    (["waltz"], 80...180),
    (["punk", "metal", "twist", "ska"], 110...200),
    (["house", "techno", "dance", "rave", "disco"], 112...140),
  ]
}

extension BandStyle {
  /// The styles of a library in the order of their files.
  /// - Parameter library: the folder that holds `stdlib`, `casio` and so on.
  /// - Throws: ``TrainingError`` where there are none.
  package static func load(library: String) throws -> [BandStyle] {
    var styles: [BandStyle] = []
    for collection in collections {
      let folder = library + "/" + collection
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names.sorted() where name.hasSuffix(".mma") {
        guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
        let file = collection + "/" + name.dropLast(4)
        if let style = BandStyle(file: file, text: String(decoding: data, as: UTF8.self)) {
          styles.append(style)
        }
      }
    }
    guard !styles.isEmpty else {
      throw TrainingError(
        path: library, stage: "looking for styles of accompaniment",
        reason: "there are none; Debian's package mma puts them into /usr/share/mma/lib")
    }
    return styles
  }

  /// The other one, `zoom`, has drums only, in sixteenths rounded to tenths of a beat.
  private static let collections = ["stdlib", "casio", "kara", "pflib", "alexis", "yamaha"]
}
