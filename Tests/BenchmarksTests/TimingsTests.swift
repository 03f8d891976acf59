import Benchmarks
import Foundation
import Testing

struct TimingsTests {
  @Test func `The median, the best and the spread of the middle half are of the sorted runs`() {
    let timings = Timings([5, 1, 2, 4, 3])
    #expect(timings.median == 3)
    #expect(timings.best == 1)
    #expect(abs(timings.spread - 2.0 / 3) < 1e-12)
    #expect(Timings([1, 2]).median == 1.5)
    #expect(Timings([7]).spread == 0)
  }

  @Test func `A computer that is slow for a while does not change the ratio`() {
    // The third round ran at a tenth of the speed.
    let ours = Timings([2, 2, 20, 2])
    let theirs = Timings([4, 4, 40, 4])
    #expect(ours.ratio(to: theirs) == 0.5)
  }

  @Test func `Contenders run by turns, and warming up does not count`() throws {
    var order: [String] = []
    let contenders = ["a", "b"].map { name in
      Contender.other(
        name,
        run: {
          order.append(name)
          return Cost(wall: Double(order.count), cpu: 10 * Double(order.count))
        })
    }
    let results = try Race.run(contenders, rounds: 2, warmUp: 1)
    #expect(order == ["a", "b", "b", "a", "a", "b"])
    #expect(results[0].wall.seconds == [4, 5])
    #expect(results[1].wall.seconds == [3, 6])
    #expect(results[1].cpu.seconds == [30, 60])
  }

  /// Its processor time is the whole process's: that of the tests beside it too.
  @Test func `What computes costs processor time, what sleeps costs time`() throws {
    var sum = 0.0
    let busy = Cost.of { for index in 0..<3_000_000 { sum += Double(index).squareRoot() } }
    let idle = Cost.of { Thread.sleep(forTimeInterval: 0.05) }
    #expect(sum > 0 && busy.cpu > 0 && busy.wall > 0)
    #expect(idle.wall >= 0.05)
  }
}
