/// A kit that no training heard and the Groove test split to play on it.
package struct HeldOutKit {
  let kit: VirtualKit
  let performances: [Performance]

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
}
