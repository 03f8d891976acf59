import DrumNet
import TensorCore
import Testing

@testable import Training

/// In processes of their own, as what other tests take at the same time would count too.
@Suite("Memory and speed of a run")
struct MemoryTests {
  @Test("The run fits its limit by smaller batches that make the same step")
  func memory() async {
    await #expect(processExitsWith: .success) {
      var settings = FitSettings(name: "test", network: .hybrid(.tiny))
      settings.data.seconds = 2
      settings.optimisation.batch = 12
      let wide = MemoryPlan(settings, limit: 1_000_000_000)
      #expect(try wide.fitted(settings, resident: 0).optimisation == settings.optimisation)
      // Room for five windows: four, three times, are the twelve.
      let limit = Int(Double(wide.fixed + 5 * wide.window) / 0.9) + 1_000
      let plan = MemoryPlan(settings, limit: limit)
      let fitted = try plan.fitted(settings, resident: 0).optimisation
      #expect(fitted.batch == 4 && fitted.accumulation == 3)
      #expect(throws: TrainingError.self) { try plan.fitted(settings, resident: limit) }
      settings.optimisation.recompute = true
      #expect(MemoryPlan(settings, limit: limit).window < plan.window)
      settings.data.accompaniments = 100
      settings.data.accompanimentSeconds = 100
      // 8.8 MB each, in a quarter of 100 MB.
      #expect(MemoryPlan.fitted(settings.data, to: 100_000_000).accompaniments == 2)
    }
  }

  @Test("High performance fits the limit, keeps the windows and says why")
  func highPerformance() async {
    await #expect(processExitsWith: .success) {
      var settings = FitSettings(name: "test", network: .hybrid(.tiny))
      settings.data.seconds = 1
      settings.optimisation.batch = 2
      settings.optimisation.accumulation = 2
      settings.optimisation.recompute = true
      let machine = Machine(cores: 2, memory: 1 << 34, hasAVX512: false, hasBFloat16: false)
      let high = try HighPerformance(settings, on: machine, limit: 1_000_000_000, resident: 0)
      let chosen = high.settings.optimisation
      let step = chosen.batch * chosen.accumulation
      #expect(!chosen.recompute && !chosen.mixedPrecision && (4...16).contains(step))
      #expect(abs(chosen.schedule.totalSteps * step - 3_000 * 4) <= step)
      let text = high.reasons.joined(separator: " ")
      #expect(text.contains("float32") && text.contains("twice") && text.contains("Batches of"))
      // Room for two windows and the renderer's: no more than two at once.
      let plan = MemoryPlan(settings, limit: 1)
      let small = try HighPerformance(
        settings, on: machine, limit: Int(Double(plan.fixed + 2 * plan.window) / 0.9) + 1_000,
        resident: 0)
      #expect(small.settings.optimisation.batch <= 2)
      let larger = settings.stepping(by: 16).optimisation
      #expect(larger.accumulation == 1 && larger.schedule.totalSteps == 750)
      #expect(larger.schedule.peak == 2 * settings.optimisation.schedule.peak)
      #expect(settings.stepping(by: 4).optimisation.schedule == settings.optimisation.schedule)
    }
  }
}
