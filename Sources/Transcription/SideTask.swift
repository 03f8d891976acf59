internal import Dispatch
internal import Synchronization

/// Work on a thread of its own, beside the caller's. Whoever begins it waits for its end, too: what
/// it was given may go away afterwards.
package final class SideTask<Value: Sendable>: Sendable {
  private let state: State

  private final class State: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
    let isUnwanted = Atomic<Bool>(false)
    let end = DispatchGroup()
  }

  /// Begins at once. `body` is handed the question whether its result is still wanted, to be asked
  /// now and then; where it is not, anything may be returned or thrown.
  package init(_ body: @escaping @Sendable (_ isWanted: () -> Bool) throws -> Value) {
    let state = State()
    self.state = state
    DispatchQueue.global().async(group: state.end) {
      let result = Result { try body { !state.isUnwanted.load(ordering: .relaxed) } }
      state.result.withLock { $0 = result }
    }
  }

  /// Ends it where its result is not wanted any more; does nothing where it has ended.
  package func finish() {
    state.isUnwanted.store(true, ordering: .relaxed)
    state.end.wait()
  }

  /// Waits for the end.
  package func wait() throws -> Value {
    state.end.wait()
    guard let result = state.result.withLock({ $0 }) else {
      preconditionFailure("a side task ends with a result")
    }
    return try result.get()
  }
}
