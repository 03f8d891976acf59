internal import ChartFormat

/// Names the parts of a song as a charter would: what comes again is recognised, the strongest
/// repeated part is the chorus, the earliest other one the verse.
struct SectionNames {
  /// One part of the song.
  struct Part {
    var bars: Range<Int>
    /// Parts with the same label are the same music.
    var label = 0
    /// 1 is the song's usual strength: density, cymbals, loudness.
    var energy = 0.0
    var notesPerSecond = 0.0
    var tomShare = 0.0
  }

  enum Kind: String {
    case intro = "Intro"
    case verse = "Verse"
    case preChorus = "Pre-Chorus"
    case chorus = "Chorus"
    case postChorus = "Post-Chorus"
    case riff = "Main Riff"
    case bridge = "Bridge"
    case solo = "Solo"
    case breakdown = "Breakdown"
    case drumBreak = "Drum Break"
    case buildUp = "Build Up"
    case outro = "Outro"
  }

  /// Two parts are the same music where their likeness lies this share of the way from the usual
  /// likeness of two parts of this song to full likeness.
  private static let sameMusic = 0.5

  private(set) var parts: [Part]
  private let segmentation: Segmentation
  private let usualDensity: Double

  init(_ segmentation: Segmentation) {
    self.segmentation = segmentation
    let cuts = segmentation.cuts() + [segmentation.barCount]
    parts = zip(cuts, cuts.dropFirst()).map { Part(bars: $0..<$1) }
    let densities = segmentation.features.bars.map(\.notesPerSecond).filter { $0 > 0 }.sorted()
    usualDensity = densities.isEmpty ? 1 : densities[densities.count / 2]
    describe()
    label()
  }

  /// The sections of the song, the first at tick 0.
  func sections() -> [Section] {
    zip(parts, Self.numbered(kinds(), labels: parts.map(\.label))).map { part, name in
      Section(tick: segmentation.grid.start(ofBar: part.bars.lowerBound), name: name)
    }
  }

  /// The first bar of the part that a preview should play: the first chorus, else the strongest
  /// part.
  func previewBar() -> Int {
    let kinds = kinds()
    if let chorus = kinds.firstIndex(of: .chorus) { return parts[chorus].bars.lowerBound }
    return parts.max { $0.energy < $1.energy }?.bars.lowerBound ?? 0
  }

  // MARK: - What a part is like

  private mutating func describe() {
    let bars = segmentation.features.bars
    let loudness = bars.map { Double($0.loudness) }
    let mean = loudness.reduce(0, +) / Double(max(1, loudness.count))
    let spread = loudness.reduce(0) { $0 + abs($1 - mean) } / Double(max(1, loudness.count))
    for i in parts.indices {
      let range = parts[i].bars
      let count = Double(range.count)
      let lanes = range.reduce(into: [Double](repeating: 0, count: 8)) { sums, bar in
        for lane in sums.indices { sums[lane] += bars[bar].lanes[lane] }
      }
      func share(_ chosen: [ChartFacts.Lane]) -> Double {
        let all = lanes.reduce(0, +)
        return all == 0 ? 0 : chosen.reduce(0) { $0 + lanes[$1.rawValue] } / all
      }
      parts[i].notesPerSecond = range.reduce(0) { $0 + bars[$1].notesPerSecond } / count
      parts[i].tomShare = share([.yellowTom, .blueTom, .greenTom])
      let loud = range.reduce(0) { $0 + loudness[$1] } / count
      parts[i].energy =
        parts[i].notesPerSecond / usualDensity
        + 2 * share([.greenCymbal]) + 0.5 * share([.blueCymbal])
        + (spread > 0 ? 0.4 * (loud - mean) / spread : 0)
    }
  }

  /// Gives parts that are the same music the same label, numbered by first appearance.
  private mutating func label() {
    var likenesses = [Double](repeating: 1, count: parts.count * parts.count)
    var pairs: [Double] = []
    for i in parts.indices {
      for j in 0..<i {
        let likeness = likeness(parts[i].bars, parts[j].bars)
        likenesses[i * parts.count + j] = likeness
        if likeness > 0 { pairs.append(likeness) }
      }
    }
    pairs.sort()
    let usual = pairs.isEmpty ? 0 : pairs[pairs.count / 2]
    let threshold = usual + Self.sameMusic * (1 - usual)
    var labels = 0
    for i in parts.indices {
      var best: (label: Int, likeness: Double)?
      for label in 0..<labels {
        let members = (0..<i).filter { parts[$0].label == label }
        let mean =
          members.reduce(0) { $0 + likenesses[i * parts.count + $1] } / Double(members.count)
        if mean > best?.likeness ?? threshold { best = (label, mean) }
      }
      parts[i].label = best?.label ?? labels
      if best == nil { labels += 1 }
    }
  }

  /// Mean likeness of the bars of two parts from their beginnings; 0 for very unequal lengths.
  private func likeness(_ a: Range<Int>, _ b: Range<Int>) -> Double {
    let count = min(a.count, b.count)
    guard count * 9 >= max(a.count, b.count) * 4 else { return 0 }
    let sum = (0..<count).reduce(0.0) {
      $0 + segmentation.at(a.lowerBound + $1, b.lowerBound + $1)
    }
    return sum / Double(count)
  }

  // MARK: - Kinds

  func kinds() -> [Kind] {
    var kinds = [Kind?](repeating: nil, count: parts.count)
    guard !parts.isEmpty else { return [] }
    kinds[0] = .intro
    // An introduction goes on while the groove has not begun, or with music that never comes back.
    var first = 1
    while first < parts.count - 1, parts[first].bars.lowerBound * 6 < segmentation.barCount,
      parts[first].notesPerSecond < 0.5 * usualDensity || parts[first].tomShare > 0.4
        || isOpening(first)
    {
      kinds[first] = .intro
      first += 1
    }
    let roles = roles(from: first)
    for i in first..<max(first, parts.count) {
      kinds[i] = roles[parts[i].label] ?? single(i, first: first)
    }
    if parts.count > 2, kinds[parts.count - 1] != .chorus { kinds[parts.count - 1] = .outro }
    fillVerses(&kinds)
    // A bridge joins what a short song may not have.
    if !kinds.contains(.verse), !kinds.contains(.chorus) {
      for i in kinds.indices where kinds[i] == .bridge || kinds[i] == .solo { kinds[i] = .verse }
    }
    return kinds.map { $0 ?? .verse }
  }

  /// Seconds from the song's first part in which charters still speak of an introduction (their
  /// introductions end after 14, 24 and 42 s at the quartiles).
  private static let opening = 20.0

  /// Whether an early part is music of its own.
  private func isOpening(_ i: Int) -> Bool {
    let grid = segmentation.grid
    let start = grid.seconds(grid.start(ofBar: parts[i].bars.lowerBound))
    let isUnique = !parts.indices.contains { $0 != i && parts[$0].label == parts[i].label }
    return start < Self.opening && isUnique
  }

  /// What the music that comes back is.
  private func roles(from first: Int) -> [Int: Kind] {
    var groups: [Int: [Int]] = [:]
    for i in first..<max(first, parts.count) {
      if i == first || parts[i].label != parts[i - 1].label {
        groups[parts[i].label, default: []].append(i)
      }
    }
    let repeated = groups.filter { $0.value.count > 1 }
    guard !repeated.isEmpty else { return [:] }
    func strength(_ label: Int) -> Double {
      let members = parts[first...].filter { $0.label == label }
      let energy = members.reduce(0) { $0 + $1.energy } / Double(members.count)
      // What opens the song after its introduction is seldom the chorus.
      return energy + 0.05 * Double(members.count) - (label == parts[first].label ? 0.3 : 0)
    }
    let byStrength = repeated.keys.sorted { (strength($0), -$0) > (strength($1), -$1) }
    let chorus = byStrength[0]
    var roles = [chorus: Kind.chorus]
    for label in byStrength.dropFirst().sorted(by: { repeated[$0]![0] < repeated[$1]![0] }) {
      let places = repeated[label]!
      let before = places.count { $0 + 1 < parts.count && parts[$0 + 1].label == chorus }
      let after = places.count { $0 > 0 && parts[$0 - 1].label == chorus }
      if !roles.values.contains(.verse) {
        roles[label] = .verse
      } else if before * 2 > places.count, !roles.values.contains(.preChorus) {
        roles[label] = .preChorus
      } else if after * 2 > places.count, !roles.values.contains(.postChorus) {
        roles[label] = .postChorus
      } else {
        // Charters write four verses for every riff.
        let isRiff = !roles.values.contains(.riff) && parts[places[0]].bars.count <= 8
        roles[label] = isRiff ? .riff : lateKind(places[0]) ?? .verse
      }
    }
    return roles
  }

  /// What a part is that does not come back.
  private func single(_ i: Int, first: Int) -> Kind? {
    let part = parts[i]
    let density = part.notesPerSecond / usualDensity
    if part.tomShare > 0.4 { return .drumBreak }
    if density < 0.5 { return .breakdown }
    let bars = segmentation.features.bars
    let middle = (part.bars.lowerBound + part.bars.upperBound) / 2
    if part.bars.count >= 4 {
      let rise = { (range: Range<Int>) in
        range.reduce(0) { $0 + bars[$1].notesPerSecond } / Double(range.count)
      }
      let halves = (rise(part.bars.lowerBound..<middle), rise(middle..<part.bars.upperBound))
      if halves.1 > 1.5 * halves.0 { return .buildUp }
    }
    return lateKind(i)
  }

  /// New music in the later part of a song is a solo or a bridge.
  private func lateKind(_ i: Int) -> Kind? {
    guard parts[i].bars.lowerBound * 5 > segmentation.barCount * 2 else { return nil }
    return parts[i].energy > 1.1 ? .solo : .bridge
  }

  /// What is left are verses; without any repetition the stronger parts are choruses.
  private func fillVerses(_ kinds: inout [Kind?]) {
    let open = kinds.indices.filter { kinds[$0] == nil }
    let hasChorus = kinds.contains(.chorus)
    let energies = open.map { parts[$0].energy }.sorted()
    guard !energies.isEmpty else { return }
    let middle = energies[energies.count / 2]
    for i in open {
      kinds[i] = !hasChorus && parts[i].energy > middle ? .chorus : .verse
    }
  }

  // MARK: - Numbers

  /// Numbers what occurs more than once; parts of one kind in a row share the number and are told
  /// apart by letters: Verse 1A, Verse 1B. No two names are equal.
  static func numbered(_ kinds: [Kind], labels: [Int]) -> [String] {
    var runs: [(kind: Kind, parts: Range<Int>)] = []
    for (i, kind) in kinds.enumerated() {
      if let last = runs.last, last.kind == kind {
        runs[runs.count - 1].parts = last.parts.lowerBound..<i + 1
      } else {
        runs.append((kind, i..<i + 1))
      }
    }
    var used: [Kind: Int] = [:]
    var names: [String] = []
    for (kind, parts) in runs {
      let total = runs.count { $0.kind == kind }
      used[kind, default: 0] += 1
      let isNumbered = total > 1 || [.verse, .chorus, .preChorus].contains(kind)
      let number = isNumbered ? " \(used[kind]!)" : ""
      for (k, _) in parts.enumerated() {
        let letter = parts.count == 1 ? "" : letters(k)
        names.append(kind.rawValue + number + (isNumbered || letter.isEmpty ? "" : " ") + letter)
      }
    }
    return names
  }

  /// A, B, ... Z, AA, AB, ...
  private static func letters(_ index: Int) -> String {
    let letter = String(Unicode.Scalar(UInt8(65 + index % 26)))
    return index < 26 ? letter : letters(index / 26 - 1) + letter
  }
}
