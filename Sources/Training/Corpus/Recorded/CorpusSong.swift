package import Transcription

/// One recording with annotations, found but not read yet.
package struct CorpusSong: Sendable {
  /// Everything that is known to sound in it, in seconds of the audio.
  package struct Annotation: Sendable {
    /// A velocity of 0 says that it is not known, nor whether a hat is open.
    package var onsets: [Onset]
    /// Empty where they are not known.
    package var beats: [Beat]

    package init(onsets: [Onset], beats: [Beat] = []) {
      self.onsets = onsets.sorted { $0.time < $1.time }
      self.beats = beats
    }
  }

  package var name: String
  package var role: CorpusDescription.Role
  /// Sound files that are heard together: stems, or one mix.
  package var audio: [String]
  /// Those of them that hold the drums, for the alignment; all where that is not known.
  package var drumStems: [String]
  package var drumsOnly: Bool
  /// Reads the annotation; throws ``TrainingError``.
  package var annotation: @Sendable () throws -> Annotation

  package init(
    name: String, role: CorpusDescription.Role, audio: [String], drumStems: [String] = [],
    drumsOnly: Bool = false, annotation: @escaping @Sendable () throws -> Annotation
  ) {
    self.name = name
    self.role = role
    self.audio = audio
    self.drumStems = drumStems
    self.drumsOnly = drumsOnly
    self.annotation = annotation
  }
}

/// What a source holds.
package struct CorpusListing: Sendable {
  package var songs: [CorpusSong] = []
  /// What cannot be used and why, by name.
  package var dropped: [(name: String, reason: String)] = []

  /// Everything of a source. Throws ``TrainingError`` where the source itself is not there.
  package init(_ source: CorpusDescription.Source) throws {
    switch source.kind {
    case .groove: self = try GrooveRecordings.list(source)
    case .game: self = try GameSongs.list(source)
    case .mdb: self = try TextAnnotations.listMDB(source)
    case .slakh: self = try SlakhSongs.list(source)
    case .star: self = try TextAnnotations.listSTAR(source)
    case .tsv: self = try TextAnnotations.listTSV(source)
    }
  }

  package init() {}

  /// The role of a song of a source without a split of its own.
  static func role(
    of name: String, in source: CorpusDescription.Source
  ) -> CorpusDescription.Role {
    guard source.role == .split else { return source.role }
    // By a hash of the name (FNV-1a), so that no other song moves one.
    let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return hash % 10 == 0 ? .validation : .training
  }

  /// The role that a split's name stands for, where the source's own split decides.
  static func role(
    split: String, in source: CorpusDescription.Source
  ) -> CorpusDescription.Role {
    guard source.role == .split else { return source.role }
    switch split.lowercased() {
    case "train", "training": return .training
    case "validation", "valid", "val", "dev": return .validation
    default: return .evaluation
    }
  }
}
