internal import FoundationEssentials

/// All kits that examples are rendered with.
package struct KitLibrary: Sendable {
  package var kits: [DrumKit]
  /// How often each is drawn.
  package var weights: [Double]

  package init(kits: [DrumKit]) {
    self.kits = kits
    weights = kits.map(Self.weight)
  }

  /// - Parameter heldOut: `false` loads every source but the held-out ones, `true` only those.
  package init(settings: StreamSettings, heldOut: Bool) throws {
    var kits: [DrumKit] = []
    let isWanted = { (path: String) in
      settings.heldOutKits.contains(URL(filePath: path).lastPathComponent) == heldOut
    }
    for path in settings.kits where isWanted(path) {
      let isHydrogen = FileManager.default.fileExists(atPath: path + "/drumkit.xml")
      kits.append(isHydrogen ? try HydrogenKit.load(path: path) : try KitFolder.load(path: path))
    }
    for path in settings.drumSoundfonts where isWanted(path) {
      kits += try SoundfontKits.load(path: path)
    }
    guard kits.contains(where: { $0.voices.count > 1 }) else {
      throw TrainingError(
        stage: "loading the drum kits", reason: "no kit with more than one instrument was given")
    }
    self.init(kits: kits)
  }

  /// Kits with many recorded strokes are nearer to real drums than one stroke per drum.
  private static func weight(_ kit: DrumKit) -> Double {
    let drums = kit.voices.filter { $0.key != .percussion }
    let strokes = drums.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.samples.count } }
    guard !drums.isEmpty else { return 0 }
    let voices = drums.values.reduce(0) { $0 + $1.count }
    let layers = Double(strokes) / Double(voices)
    return kit.hasOwnLayers ? min(1, 0.12 + layers / 10) : 0.2
  }
}
