internal import Glibc

/// What one run cost.
package struct Cost: Hashable, Sendable {
  /// From beginning to end.
  package var wall: Double
  /// What all threads of the process computed in the meantime: it leaves out what other programs
  /// took of the cores, and counts the threads of libraries that wait by turning in circles.
  package var cpu: Double

  package init(wall: Double, cpu: Double) {
    self.wall = wall
    self.cpu = cpu
  }

  /// The cost of `body`, once.
  package static func of(_ body: () throws -> Void) rethrows -> Cost {
    let (start, busy) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
    try body()
    return Cost(
      wall: seconds(CLOCK_MONOTONIC) - start, cpu: seconds(CLOCK_PROCESS_CPUTIME_ID) - busy)
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// One of several ways to do the same thing.
package struct Contender {
  package let name: String
  /// Does it once.
  package let run: () throws -> Cost

  private init(name: String, run: @escaping () throws -> Cost) {
    self.name = name
    self.run = run
  }

  /// One that measures itself, as a program of another language does: the way to it costs nothing.
  package static func other(_ name: String, run: @escaping () throws -> Cost) -> Contender {
    Contender(name: name, run: run)
  }

  /// Measured here, `repeats` times in a row as one run, for what takes microseconds.
  package init(_ name: String, repeats: Int = 1, _ body: @escaping () throws -> Void) {
    self.init(name: name) {
      var cost = try Cost.of { for _ in 0..<repeats { try body() } }
      cost.wall /= Double(repeats)
      cost.cpu /= Double(repeats)
      return cost
    }
  }
}

/// Contenders by turns, so that what else the computer does meets all of them alike.
package enum Race {
  /// What a contender's rounds cost.
  package struct Result: Hashable, Sendable {
    package let wall: Timings
    package let cpu: Timings

    init(_ costs: [Cost]) {
      wall = Timings(costs.map(\.wall))
      cpu = Timings(costs.map(\.cpu))
    }
  }

  /// Every contender once per round, the order of a round the reverse of the one before, after
  /// `warmUp` rounds that do not count.
  ///
  /// - Returns: the results in the order of the contenders.
  package static func run(_ contenders: [Contender], rounds: Int, warmUp: Int = 1) throws
    -> [Result]
  {
    precondition(rounds > 0)
    var costs = [[Cost]](repeating: [], count: contenders.count)
    for round in 0..<warmUp + rounds {
      let order = Array(contenders.indices)
      for index in round % 2 == 0 ? order : order.reversed() {
        let cost = try contenders[index].run()
        if round >= warmUp { costs[index].append(cost) }
      }
    }
    return costs.map(Result.init)
  }
}
