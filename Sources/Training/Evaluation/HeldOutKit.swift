import Transcription

/// The Groove test split played on a kit that no training heard: the E-GMD protocol.
package struct HeldOutKit {
  private let kit: VirtualKit
  private let performances: [Performance]

  /// - Parameters:
  ///   - kit: a folder with a `kit.json` or a `drumkit.xml`.
  ///   - performances: the Groove MIDI Dataset.
  ///   - limit: at most this many performances, the longest first.
  package init(kit: String, performances: String, limit: Int?) throws {
    var settings = StreamSettings()
    settings.kits = [kit]
    settings.heldOutKits = []
    let loaded = try KitLibrary(settings: settings, heldOut: false).kits
    self.kit = VirtualKit(recorded: loaded[0])
    let all = try MIDIPerformances.load(folder: performances, split: .test)
      .filter { !$0.hits.isEmpty }.sorted { $0.seconds > $1.seconds }
    self.performances = Array(all.prefix(limit ?? all.count))
  }

  package var count: Int { performances.count }

  package func recording(_ index: Int) -> AnnotatedRecording {
    let example = SongRenderer.render(performances[index], kit: kit, seed: UInt64(index))
    return AnnotatedRecording(
      name: performances[index].name, audio: example.audio, onsets: example.onsets,
      beats: example.beats)
  }
}
