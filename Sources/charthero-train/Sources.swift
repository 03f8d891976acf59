import ArgumentParser
import Foundation
import Training

/// Where the sounds, the performances and the recordings come from: the options of all commands that
/// make examples.
struct Sources: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Drum kits: folders of kit.json kits or of Hydrogen kits, and SF2 or SF3 soundfonts.",
      valueName: "path"))
  var kits: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Performances: the Groove MIDI Dataset (info.csv) or Rock Band charts (index.csv).",
      valueName: "folder"))
  var performances: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Full-band General MIDI songs to play along with.", valueName: "folder"))
  var accompaniment: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Soundfonts for the accompaniment.", valueName: "file"))
  var soundfonts: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Recordings without drums to play along with; of a game's song folder only the stems.",
      valueName: "path"))
  var recordingsWithoutDrums: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Real recordings as charthero-train prepare left them.", valueName: "folder"))
  var prepared: [String] = []

  @Option(help: ArgumentHelp("Impulse responses of rooms.", valueName: "folder"))
  var rooms: String?

  /// The run's data settings with these paths in them.
  func data(for settings: FitSettings) -> StreamSettings {
    var data = settings.data
    data.kits += kits.filter { !Self.isSoundfont($0) }.flatMap(Self.kitFolders)
    data.drumSoundfonts += kits.filter(Self.isSoundfont)
    data.performances += performances
    data.songs += accompaniment
    data.soundfonts += soundfonts
    data.recordings += recordingsWithoutDrums
    data.prepared += prepared
    data.impulseResponses = rooms ?? data.impulseResponses
    return data
  }

  private static func isSoundfont(_ path: String) -> Bool {
    ["sf2", "sf3"].contains((path as NSString).pathExtension.lowercased())
  }

  /// The folder itself where it is a kit, else the kits in it.
  private static func kitFolders(_ path: String) -> [String] {
    func isKit(_ folder: String) -> Bool {
      ["kit.json", "drumkit.xml"].contains {
        FileManager.default.fileExists(atPath: folder + "/" + $0)
      }
    }
    if isKit(path) { return [path] }
    let inside = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return inside.sorted().map { path + "/" + $0 }.filter(isKit)
  }
}
