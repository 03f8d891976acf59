import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM, remembered: the loop finishes its step and saves.
final class Interrupt: Sendable {
  private static let flag = Atomic<Bool>(false)

  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in Interrupt.flag.store(true, ordering: .relaxed) }
    }
  }

  var happened: Bool { Self.flag.load(ordering: .relaxed) }
}
