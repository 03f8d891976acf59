import Foundation

/// Where the command finds its model when `--model` does not name one.
enum ModelSearch {
  static let help = """
    The model is the file that --model names, else the first *.safetensors file in one of: \
    share/charthero beside the program's own bin or lib folder, the models folder of the \
    checkout that the program was built in, ./models.
    """

  static func path(_ chosen: String?) throws -> String {
    if let chosen {
      try Failure.checkInput(chosen)
      return chosen
    }
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      if let name = names.sorted().first(where: { $0.hasSuffix(".safetensors") }) {
        return folder + "/" + name
      }
    }
    throw Failure(
      description: "no model (*.safetensors) found in \(folders.joined(separator: ", ")); "
        + "name one with --model",
      code: EX_NOINPUT)
  }

  /// Best first.
  private static var folders: [String] {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let home = program.deletingLastPathComponent()
    // PREFIX/bin/charthero; PREFIX/lib/charthero/charthero; CHECKOUT/.build/TRIPLE/release/charthero.
    let relative = ["../share/charthero", "../../share/charthero", "../../../models"]
    return relative.map { home.appending(path: $0).standardized.path } + ["models"]
  }
}
