package import Transcription

extension RhythmWeights {
  /// The text of `Sources/Transcription/RhythmTables.swift`.
  package var sourceFile: String {
    let tables = tables()
    func indented(_ text: String) -> String {
      text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    }
    return """
      /// ``RhythmWeights/fit`` as text. Written by `charthero-train rhythm`.
      let rhythmFitTable = \"""
      \(indented(tables.fit))
        \"""

      /// The other weights, in the order of ``RhythmWeights/flat``. Written by the same command.
      let rhythmCostTable = \"""
      \(indented(tables.rest))
        \"""

      """
  }
}
