/// The model that was installed with this program, for configurations that name none.
enum InstalledModel {
  /// The first `*.safetensors` of `share/charthero` beside the program's `bin` or `lib` folder.
  static var path: BytePath? {
    guard let program = Files.resolved(BytePath("/proc/self/exe")) else { return nil }
    let home = program.parent
    for folder in [home.parent, home.parent.parent].map({ $0.appending("share/charthero") }) {
      let names = ((try? Files.names(in: folder)) ?? []).map(BytePath.init).sorted()
      let ending = Array(".safetensors".utf8)
      if let name = names.first(where: { $0.bytes.suffix(ending.count).elementsEqual(ending) }) {
        return folder.appending(name)
      }
    }
    return nil
  }
}
