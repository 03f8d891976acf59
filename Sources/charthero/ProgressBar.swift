import Foundation

/// Whether the program talks to a person.
enum Terminal {
  static let isOutput = isatty(STDOUT_FILENO) == 1
  static let isError = isatty(STDERR_FILENO) == 1

  /// See no-color.org.
  static var showsColours: Bool {
    isOutput && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
  }
}

/// A bar on standard error that shows how far a long step is; nothing where that is no terminal.
final class ProgressBar {
  private let title: String
  private let isShown = Terminal.isError
  private var last = ""

  /// Columns between the brackets.
  private static let length = 30

  init(_ title: String) { self.title = title }

  /// - Parameters:
  ///   - share: Done, 0...1.
  ///   - stage: What is going on.
  func show(_ share: Double, _ stage: String) {
    guard isShown else { return }
    let share = max(0, min(1, share))
    let filled = Int(share * Double(Self.length))
    let bar = String(repeating: "#", count: filled)
    let rest = String(repeating: ".", count: Self.length - filled)
    let line = "\(title) [\(bar)\(rest)] \(Int(share * 100)) % \(stage)"
    guard line != last else { return }
    last = line
    write("\r\(line)\u{1B}[K")
  }

  /// Clears the line, so that what is printed next stands alone.
  func end() {
    guard isShown, !last.isEmpty else { return }
    write("\r\u{1B}[K")
    last = ""
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
