import Daemon
import Testing

@Suite("The counts for Prometheus")
struct MetricsTests {
  @Test("outcomes and seconds are counted, buckets add up")
  func text() {
    var metrics = Metrics()
    metrics.count(.refused(stage: "decode", reason: "text"))
    metrics.count(.stopped)
    let text = metrics.text(waiting: 7, running: 2, isPaused: true)
    for line in [
      "charthero_songs_total{result=\"published\"} 0",
      "charthero_songs_total{result=\"refused\"} 1",
      "charthero_queue_length 7", "charthero_running 2", "charthero_paused 1",
      "charthero_speed_bucket{le=\"+Inf\"} 0", "charthero_speed_count 0",
    ] { #expect(text.contains(line + "\n"), "\(line)") }
    #expect(text.hasSuffix("\n"))
  }

  @Test("a value counts in its bucket and all wider ones")
  func histogram() {
    var histogram = Metrics.Histogram(bounds: [1, 10])
    for value in [0.5, 1, 5, 50] { histogram.add(value) }
    #expect(histogram.counts == [2, 1, 1])
    #expect(histogram.sum == 56.5)
  }
}
