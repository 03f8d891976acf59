internal import DrumNet

/// What real recordings there are and what they are for: one TOML table per source.
package struct CorpusDescription: Codable, Sendable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// E-GMD and GMD: a table of recordings with MIDI, with a split.
    case groove
    /// Folders as Clone Hero and Rock Band songs have them.
    case game
    /// Text annotations as MDB Drums has them, one drum and technique a line.
    case mdb
    /// Slakh2100: mixes with stems and MIDI.
    case slakh
    /// STAR Drums: mixes with text annotations and a split.
    case star
    /// `NAME_onsets.tsv` beside `NAME.ogg` (or another sound file).
    case tsv
  }

  package enum Role: String, Codable, Sendable, CaseIterable {
    case training, validation, evaluation
    /// As the source's own split says; without one every tenth song, by its name, is for validation.
    case split
  }

  package struct Source: Codable, Sendable {
    package var kind: Kind
    package var folder: String
    package var role: Role
    /// As its authors say; kept with every song and repeated in the report.
    package var licence: String
    /// Whether the recordings hold drums alone: examples may then get other music under them.
    package var drumsOnly: Bool?

    package init(
      kind: Kind, folder: String, role: Role = .split, licence: String, drumsOnly: Bool? = nil
    ) {
      self.kind = kind
      self.folder = folder
      self.role = role
      self.licence = licence
      self.drumsOnly = drumsOnly
    }
  }

  /// By name.
  package var sources: [String: Source]

  package init(sources: [String: Source] = [:]) { self.sources = sources }
}

extension CorpusDescription.Source {
  /// A role that is not given is `split`.
  package init(from decoder: any Decoder) throws {
    let c = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kind: try c.decode(CorpusDescription.Kind.self, forKey: .kind),
      folder: try c.decode(String.self, forKey: .folder),
      role: try c.decodeIfPresent(CorpusDescription.Role.self, forKey: .role) ?? .split,
      licence: try c.decode(String.self, forKey: .licence),
      drumsOnly: try c.decodeIfPresent(Bool.self, forKey: .drumsOnly))
  }
}
