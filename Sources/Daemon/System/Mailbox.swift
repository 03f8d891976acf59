internal import Synchronization

/// What one loop is told by threads and tasks around it. Letters of the same kind that say the same
/// are one, so that a flood of events costs one look.
final class Mailbox<Letter: Hashable & Sendable>: Sendable {
  private let letters = Mutex<[Letter]>([])
  private let bell: AsyncStream<Void>.Continuation
  /// Rings at least once after each letter.
  let rings: AsyncStream<Void>

  init() {
    (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func post(_ letter: Letter) {
    letters.withLock { letters in
      if !letters.contains(letter) { letters.append(letter) }
    }
    bell.yield()
  }

  /// Takes out all letters, the oldest first.
  func take() -> [Letter] {
    letters.withLock { letters in
      defer { letters = [] }
      return letters
    }
  }
}
