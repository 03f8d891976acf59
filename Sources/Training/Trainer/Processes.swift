import Foundation
import TensorCore

/// The processes that train one network together, each on its share of every batch: `mpirun -n 4
/// charthero-train fit ...` with Open MPI. All have the same weights; what they add up after each
/// backward pass is the gradients.
///
/// One process alone waits for none of this, and needs no MPI. Not for use on several threads.
package final class Processes {
  /// 0 for the one that writes.
  package let rank: Int
  package let count: Int
  /// Whether another process was lost: no sums are to be had any more.
  package private(set) var isBroken = false

  private let library: OpenMPI
  private let isAskedToEnd: () -> Bool

  /// Seconds that the others get to arrive once this process is asked to end. `mpirun` asks all as
  /// soon as one is lost, and kills after one second: there must be time to save.
  private static let grace = 0.2

  /// Joins the others, or returns `nil` where the program was not started by `mpirun` with others.
  /// - Parameter isAskedToEnd: whether SIGTERM came, which ends all waiting for others.
  package static func joined(isAskedToEnd: @escaping () -> Bool) throws -> Processes? {
    guard number("OMPI_COMM_WORLD_SIZE") > 1 else { return nil }
    guard let library = OpenMPI.load() else {
      throw TrainingError(
        stage: "joining the other processes of the run",
        reason: "the library of Open MPI 4 is not installed (libopenmpi3 in Debian)")
    }
    return try Processes(library, isAskedToEnd)
  }

  private init(_ library: OpenMPI, _ isAskedToEnd: @escaping () -> Bool) throws {
    self.library = library
    self.isAskedToEnd = isAskedToEnd
    guard let (rank, count) = library.begin() else {
      throw TrainingError(
        stage: "joining the other processes of the run", reason: "Open MPI failed to start")
    }
    (self.rank, self.count) = (rank, count)
  }

  package var writes: Bool { rank == 0 }

  /// The cores of this computer for each of the processes on it.
  package var threads: Int {
    max(1, CPU.cores / max(1, Self.number("OMPI_COMM_WORLD_LOCAL_SIZE")))
  }

  /// Leaves the others, who may go on. To be called by all after the last sum.
  package func leave() { library.end() }

  /// Replaces every gradient by its mean over all processes.
  func average(gradientsOf parameters: Parameters) throws {
    var all: [Float] = []
    all.reserveCapacity(parameters.count)
    for parameter in parameters.all {
      all +=
        parameter.tensor.gradient?.values ?? [Float](repeating: 0, count: parameter.tensor.count)
    }
    unsafe try add(&all, as: library.float)
    let share = 1 / Float(count)
    var start = 0
    for parameter in parameters.all {
      let end = start + parameter.tensor.count
      parameter.tensor.gradient?.write(all[start..<end].map { $0 * share })
      start = end
    }
  }

  /// The sums of each value over all processes, the same in all of them.
  package func sums(_ values: [Double]) throws -> [Double] {
    var sums = values
    unsafe try add(&sums, as: library.double)
    return sums
  }

  /// Whether this is so in any process.
  func any(_ value: Bool) throws -> Bool { try sums([value ? 1 : 0])[0] > 0 }

  /// The values as the writing process has them.
  package func shared(_ values: [Double]) throws -> [Double] {
    try sums(writes ? values : values.map { _ in 0 })
  }

  private func add<Value: BitwiseCopyable>(_ values: inout [Value], as type: OpenMPI.Handle) throws
  {
    var asked: ContinuousClock.Instant?
    let good = unsafe values.withUnsafeMutableBytes { bytes in
      unsafe library.add(
        bytes.baseAddress, bytes.count / MemoryLayout<Value>.stride, as: type
      ) {
        guard isAskedToEnd() else { return false }
        asked = asked ?? .now
        return asked.map { ContinuousClock.now - $0 > .seconds(Self.grace) } ?? false
      }
    }
    guard good else {
      isBroken = true
      throw TrainingError(
        stage: "waiting for the other processes of the run",
        reason: "one of them ended, or mpirun was told to end them")
    }
  }

  private static func number(_ variable: String) -> Int {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? 0
  }
}
