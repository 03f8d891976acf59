/// The release gate: everything about a chart that can be checked without hearing the song.
///
/// `issues` is empty for a chart that scan-chart accepts, that games read alike, and whose figures
/// lie where those of human charts lie.
package struct ChartCheck {
  /// Seconds. Checkers want one second of silence before the first note, reviewers two.
  static let leastSilence = 1.0
  static let leadIn = 2.0
  /// Seconds of audio after the last note.
  static let tail = 1.0
  /// Milliseconds by which `song_length` may differ from the audio.
  static let lengthTolerance = 50
  /// Seconds within which two groups of notes are one for a player.
  static let brokenGap = 0.015

  let chart: Chart
  let ini: SongINI?
  /// Seconds of the decoded audio, where known.
  let audioDuration: Double?
  let facts: ChartFacts
  private let barLines: Set<Tick>

  package init(_ chart: Chart, ini: SongINI? = nil, audioDuration: Double? = nil) {
    self.chart = chart
    self.ini = ini
    self.audioDuration = audioDuration
    facts = ChartFacts(chart)
    let last = (chart.sections.map(\.tick) + [chart.end ?? .zero]).max() ?? .zero
    barLines = Set(chart.tempoMap.barLines(through: last + Tick(1)))
  }

  /// All issues, errors first.
  package var issues: [ChartIssue] {
    var issues = metadataIssues + timingIssues + sectionIssues + tierIssues
    for (tier, track) in chart.tracks.sorted(by: { $0.key > $1.key }) {
      issues += TrackCheck(track, tier: tier, map: chart.tempoMap).issues
    }
    issues += phraseIssues
    return issues.filter { $0.severity == .error } + issues.filter { $0.severity == .style }
  }

  // MARK: - Song

  /// What games show where `song.ini` says nothing; scan-chart takes them for nothing said.
  private static let gameDefaults = [
    "name": "Unknown Name", "artist": "Unknown Artist", "album": "Unknown Album",
    "genre": "Unknown Genre", "year": "Unknown Year", "charter": "Unknown Charter",
  ]

  private var metadataIssues: [ChartIssue] {
    var issues: [ChartIssue] = []
    let song = chart.metadata
    if let ini {
      for (key, value) in [
        ("name", song.title), ("artist", song.artist), ("album", song.album),
        ("genre", song.genre), ("year", song.year), ("charter", song.charter),
      ] where value.isEmpty || value == "0" || value == "-1" || value == Self.gameDefaults[key] {
        issues.append(ChartIssue(.missingValue, "song.ini has no \(key)"))
      }
      if song.difficulty == nil {
        issues.append(ChartIssue(.missingValue, "song.ini has no diff_drums"))
      }
      if !ini.isProDrums || ini.isFiveLane {
        issues.append(ChartIssue(.notProDrums, "song.ini does not say pro_drums = True"))
      }
      if ini.delay != 0 {
        issues.append(ChartIssue(.nonZeroDelay, "song.ini delays the notes by \(ini.delay) ms"))
      }
      if let audioDuration {
        let length = Int((audioDuration * 1_000).rounded())
        if abs(length - song.songLength) > Self.lengthTolerance {
          issues.append(
            ChartIssue(
              .wrongSongLength,
              "song.ini says \(song.songLength) ms, the audio has \(length) ms"))
        }
      }
      if let preview = song.previewStart, song.songLength > 0, preview >= song.songLength {
        issues.append(ChartIssue(.previewAfterEnd, "the preview starts after the song"))
      }
    }
    return issues
  }

  private var timingIssues: [ChartIssue] {
    var issues: [ChartIssue] = []
    let map = chart.tempoMap
    if map.tempos.count == 1, map.metres.count == 1, map.tempos[0].tempo.value == 120_000,
      map.metres[0].signature == .common
    {
      issues.append(
        ChartIssue(.isDefaultBPM, "the only tempo is 120 BPM in 4/4, an editor's default"))
    }
    var line = Tick.zero
    for (metre, next) in zip(map.metres, map.metres.dropFirst()) {
      let bar = max(1, map.barLength(metre.signature))
      line = metre.tick
      if (next.tick - line).value % bar != 0 {
        issues.append(
          ChartIssue(
            .misalignedTimeSignature, "the time signature at \(time(next.tick)) begins within a bar"
          ))
      }
    }
    guard let last = chart.tracks.values.compactMap({ $0.notes.last?.tick }).max() else {
      return issues
    }
    if let end = chart.end {
      if end <= last {
        issues.append(ChartIssue(.badEndEvent, "the end event stands before the last note"))
      }
    } else {
      issues.append(ChartIssue(.badEndEvent, "there is no end event"))
    }
    if let audioDuration, map.seconds(at: last) > audioDuration - Self.tail {
      issues.append(
        ChartIssue(.lateNote, "the last note stands less than 1 s before the audio's end"))
    }
    return issues
  }

  private var sectionIssues: [ChartIssue] {
    var issues: [ChartIssue] = []
    if chart.sections.isEmpty { issues.append(ChartIssue(.noSections, "there are no sections")) }
    var names: Set<String> = []
    for section in chart.sections {
      if !names.insert(section.name).inserted {
        issues.append(ChartIssue(.duplicateSection, "there are two sections \"\(section.name)\""))
      }
      if !barLines.contains(section.tick) {
        issues.append(ChartIssue(.sectionOffBar, "\"\(section.name)\" begins within a bar"))
      }
    }
    if let last = facts.lastNote, last > 150, !chart.sections.isEmpty, chart.sections.count < 8 {
      issues.append(
        ChartIssue(.fewSections, "\(chart.sections.count) sections are few for so long a song"))
    }
    return issues
  }

  // MARK: - Tiers

  /// Notes of Expert that human tiers keep: 5th and 95th percentile.
  package static func noteRatio(_ tier: Difficulty) -> ClosedRange<Double> {
    switch tier {
    case .expert: 1...1
    case .hard: 0.51...0.87
    case .medium: 0.31...0.62
    case .easy: 0.21...0.47
    }
  }

  private var tierIssues: [ChartIssue] {
    var issues: [ChartIssue] = []
    guard let expert = chart.tracks[.expert], !expert.notes.isEmpty else {
      let hasNotes = chart.tracks.values.contains { !$0.notes.isEmpty }
      return [
        hasNotes
          ? ChartIssue(.noExpert, "there is no Expert track")
          : ChartIssue(.noNotes, "there are no notes")
      ]
    }
    let groups = facts.tiers[.expert]?.groups ?? 0
    var above = expert
    for tier in [Difficulty.hard, .medium, .easy] {
      guard let track = chart.tracks[tier], !track.notes.isEmpty else {
        issues.append(ChartIssue(.missingTier, tier, "the tier has no notes"))
        continue
      }
      let ticks = Set(above.notes.map(\.tick))
      if let odd = track.notes.first(where: { !ticks.contains($0.tick) }) {
        issues.append(
          ChartIssue(.notASubset, tier, "the note at \(time(odd.tick)) is not in the tier above"))
      }
      if track.notes == above.notes, groups > 20 {
        issues.append(ChartIssue(.difficultyNotReduced, tier, "the tier equals the one above"))
      }
      let ratio = Double(track.notes.count) / Double(expert.notes.count)
      if groups > 20, !Self.noteRatio(tier).contains(ratio) {
        issues.append(
          ChartIssue(
            .noteRatio, tier,
            "\(Figures.decimal(ratio * 100, 0)) % of Expert's notes is outside human charts"))
      }
      if track.starPower != expert.starPower || track.fills != expert.fills {
        issues.append(
          ChartIssue(.unequalPhrases, tier, "star power or fills differ from Expert's"))
      }
      above = track
    }
    return issues
  }

  // MARK: - Phrases

  private var phraseIssues: [ChartIssue] {
    guard let track = chart.tracks[.expert], let last = facts.lastNote else { return [] }
    var issues: [ChartIssue] = []
    let minutes = facts.playedTime / 60
    for power in track.starPower {
      if let fill = track.fills.first(where: {
        $0.start < power.start + power.length && power.start < $0.start + $0.length
      }) {
        issues.append(
          ChartIssue(
            .starPowerMeetsFill,
            "star power at \(time(power.start)) meets the fill at \(time(fill.start))"))
      }
    }
    if let power = track.starPower.last {
      let rest = last - chart.tempoMap.seconds(at: power.start + power.length)
      if rest < 16 {
        issues.append(
          ChartIssue(.lateStarPower, "star power at \(time(power.start)) is too late to be used"))
      }
    }
    if !track.starPower.isEmpty, track.fills.isEmpty, (facts.tiers[.expert]?.groups ?? 0) > 50,
      facts.playedTime > 60
    {
      issues.append(
        ChartIssue(.noDrumActivationLanes, "there is star power but no fill to activate it"))
    }
    // In a minute or less the rates are a matter of one phrase.
    guard minutes >= 1 else { return issues }
    let power = Double(track.starPower.count) / minutes
    if !(2...4 ~= power) {
      issues.append(
        ChartIssue(.starPowerRate, "\(Figures.decimal(power, 1)) star power phrases a minute"))
    }
    let fills = Double(track.fills.count) / minutes
    if !(4...10 ~= fills), !track.fills.isEmpty {
      issues.append(ChartIssue(.fillRate, "\(Figures.decimal(fills, 1)) fills a minute"))
    }
    return issues
  }

  private func time(_ tick: Tick) -> String {
    Figures.clock(chart.tempoMap.seconds(at: tick), hundredths: true)
  }
}
