import Benchmarks
import Foundation
import Testing

struct MeasuredProgramTests {
  @Test func `A program's output, time and memory are its own`() throws {
    let outcome = try MeasuredProgram.run("/bin/sh", ["-c", "echo heard; sleep 0.1"])
    #expect(String(decoding: outcome.output, as: UTF8.self) == "heard\n")
    #expect(outcome.cost.wall >= 0.1 && outcome.cost.cpu < 0.1)
    #expect(outcome.peakMemory > 100_000)
  }

  @Test func `A program that fails or is not there is said so`() {
    #expect(throws: BenchmarkError.self) {
      _ = try MeasuredProgram.run("/bin/sh", ["-c", "exit 3"])
    }
    #expect(throws: BenchmarkError.self) { _ = try MeasuredProgram.run("/nowhere", []) }
  }
}
