/// Something that is wrong with a chart or its folder.
///
/// The names of the first group are those of scan-chart, the checker behind the sites where charts
/// are shared, so that its documentation explains them; the others are this project's own.
package struct ChartIssue: Hashable, Sendable, Codable, CustomStringConvertible {
  package enum Kind: String, CaseIterable, Codable, Sendable {
    // What scan-chart prints.
    case noMetadata, invalidIni, multipleIniFiles, missingValue
    case noAlbumArt, albumArtSize, badAlbumArt, multipleAlbumArt
    case noAudio, invalidAudio, multipleAudio
    case invalidChart, multipleChart, badVideo
    case noNotes, noExpert, difficultyNotReduced, isDefaultBPM, misalignedTimeSignature
    case noSections, badEndEvent, smallLeadingSilence
    case emptyStarPower, emptySoloSection, noDrumActivationLanes, emptyFlexLane
    case difficultyForbiddenNote, invalidChord, brokenNote
    // What breaks or weakens play beyond that.
    case notProDrums, nonZeroDelay, wrongSongLength, lateNote, missingTier, notASubset
    case doubledKick, cymbalOnSnare, noteOrder, starPowerMeetsFill, fillWithoutEnd, unequalPhrases
    case duplicateSection, sectionOffBar
    // Outside of what human charts do.
    case shortLeadIn, offGrid, fewSections, noteRatio, starPowerRate, lateStarPower, fillRate
    case oneLane, previewAfterEnd
  }

  package enum Severity: String, Codable, Sendable {
    /// A game or a checker stumbles over it.
    case error
    /// It plays, but no charter would sign it.
    case style
  }

  package var kind: Kind
  /// `nil` where the whole song is meant.
  package var tier: Difficulty?
  /// What exactly, as a sentence without full stop.
  package var detail: String

  package init(_ kind: Kind, _ detail: String) { self.init(kind, nil, detail) }

  package init(_ kind: Kind, _ tier: Difficulty?, _ detail: String) {
    self.kind = kind
    self.tier = tier
    self.detail = detail
  }

  package var severity: Severity {
    switch kind {
    case .shortLeadIn, .offGrid, .fewSections, .noteRatio, .starPowerRate, .lateStarPower,
      .fillRate, .oneLane, .previewAfterEnd:
      .style
    default: .error
    }
  }

  package var description: String {
    let place = tier.map { " (\($0.name))" } ?? ""
    return "\(kind.rawValue)\(place): \(detail)"
  }
}
