/// Counts of what the daemon did since its start, for Prometheus.
package struct Metrics: Hashable, Sendable {
  /// How often values up to each bound were seen.
  package struct Histogram: Hashable, Sendable {
    package let bounds: [Double]
    /// One more than bounds: the last is of values beyond all of them.
    package private(set) var counts: [Int]
    package private(set) var sum = 0.0

    package init(bounds: [Double]) {
      self.bounds = bounds
      counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    package mutating func add(_ value: Double) {
      counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      sum += value
    }
  }

  /// Songs by how they ended.
  package private(set) var songs = [
    "published": 0, "duplicate": 0, "refused": 0, "crashed": 0, "hindered": 0,
  ]
  /// Seconds spent in each stage of a conversion.
  package private(set) var stages: [String: Histogram] = [:]
  /// Seconds of music converted in one second.
  package private(set) var speed = Histogram(bounds: [0.5, 1, 2, 5, 10, 20, 50, 100])

  package init() {}

  private static let seconds = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]

  /// Takes note of an attempt's end.
  package mutating func count(_ outcome: Outcome) {
    switch outcome {
    case .published(_, let report):
      songs["published", default: 0] += 1
      for (stage, seconds) in report.stages {
        stages[stage, default: Histogram(bounds: Self.seconds)].add(seconds)
      }
      let seconds = report.stages.values.reduce(0, +)
      if seconds > 0 { speed.add(report.songSeconds / seconds) }
    case .duplicate: songs["duplicate", default: 0] += 1
    case .refused: songs["refused", default: 0] += 1
    case .crashed: songs["crashed", default: 0] += 1
    case .hindered: songs["hindered", default: 0] += 1
    case .unfinished, .vanished, .stopped: break
    }
  }

  /// The counts in Prometheus's text format.
  ///
  /// - Parameters:
  ///   - waiting: songs in the queue.
  ///   - running: songs being converted.
  ///   - isPaused: whether nothing is started at the moment.
  package func text(waiting: Int, running: Int, isPaused: Bool) -> String {
    var lines: [String] = []
    func head(_ name: String, _ type: String, _ help: String) {
      lines += ["# HELP charthero_\(name) \(help)", "# TYPE charthero_\(name) \(type)"]
    }
    func histogram(_ name: String, _ label: String, _ values: Histogram) {
      var total = 0
      for (bound, count) in zip(values.bounds.map { "\($0)" } + ["+Inf"], values.counts) {
        total += count
        let labels = [label, "le=\"\(bound)\""].filter { !$0.isEmpty }.joined(separator: ",")
        lines.append("charthero_\(name)_bucket{\(labels)} \(total)")
      }
      let labels = label.isEmpty ? "" : "{\(label)}"
      lines.append("charthero_\(name)_sum\(labels) \(values.sum)")
      lines.append("charthero_\(name)_count\(labels) \(total)")
    }
    head("songs_total", "counter", "Songs by how an attempt at them ended.")
    for (result, count) in songs.sorted(by: { $0.key < $1.key }) {
      lines.append("charthero_songs_total{result=\"\(result)\"} \(count)")
    }
    head("queue_length", "gauge", "Songs that wait for their conversion.")
    lines.append("charthero_queue_length \(waiting)")
    head("running", "gauge", "Songs that are being converted.")
    lines.append("charthero_running \(running)")
    head("paused", "gauge", "1 while nothing is started because of a full disk or the like.")
    lines.append("charthero_paused \(isPaused ? 1 : 0)")
    head("stage_seconds", "histogram", "Seconds spent in each stage of a conversion.")
    for (stage, values) in stages.sorted(by: { $0.key < $1.key }) {
      histogram("stage_seconds", "stage=\"\(stage)\"", values)
    }
    head("speed", "histogram", "Seconds of music converted in one second.")
    histogram("speed", "", speed)
    return lines.joined(separator: "\n") + "\n"
  }
}
