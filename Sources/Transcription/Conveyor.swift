internal import Dispatch
internal import Synchronization

/// Hands things from one thread to another, in order. Holds a few at most: whoever is faster waits.
final class Conveyor<Element: Sendable>: Sendable {
  private struct Belt {
    var elements: [Element] = []
    var isClosed = false
  }

  private let belt = Mutex(Belt())
  private let places: DispatchSemaphore
  private let arrivals = DispatchSemaphore(value: 0)

  init(capacity: Int) { places = DispatchSemaphore(value: capacity) }

  /// Waits for a place; `false` where nothing is taken any more.
  func put(_ element: Element) -> Bool {
    places.wait()
    let isTaken = belt.withLock { belt in
      if !belt.isClosed { belt.elements.append(element) }
      return !belt.isClosed
    }
    if isTaken { arrivals.signal() } else { places.signal() }
    return isTaken
  }

  /// Waits for the next element; `nil` at the end.
  func take() -> Element? {
    arrivals.wait()
    let element = belt.withLock { $0.elements.isEmpty ? nil : $0.elements.removeFirst() }
    if element == nil { arrivals.signal() } else { places.signal() }
    return element
  }

  /// Ends it from either side: nothing more is put, and what lies there is the last.
  func close() {
    belt.withLock { $0.isClosed = true }
    places.signal()
    arrivals.signal()
  }
}
