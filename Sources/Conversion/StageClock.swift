/// Measures the stages of one conversion and tells how far it is.
struct StageClock {
  private(set) var stage: ConversionStage?
  /// Seconds per finished stage, by `ConversionStage.rawValue`.
  private(set) var seconds: [String: Double] = [:]
  private let progress: ((ConversionProgress) -> Void)?
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant

  init(_ progress: ((ConversionProgress) -> Void)?) {
    self.progress = progress
    start = clock.now
  }

  /// Ends the stage at work and begins the next one; `nil` is the end.
  mutating func enter(_ next: ConversionStage?) {
    let now = clock.now
    if let stage {
      let time = (now - start).components
      seconds[stage.rawValue] = Double(time.seconds) + Double(time.attoseconds) * 1e-18
    }
    stage = next
    start = now
    advance(0)
  }

  /// Reports that a part of the stage at work is done, 0...1.
  func advance(_ part: Double) {
    guard let stage else { return }
    let share = Self.share(stage)
    let done = share.lowerBound + (share.upperBound - share.lowerBound) * min(max(part, 0), 1)
    progress?(.working(stage, fraction: done))
  }

  /// Each stage's part of the whole, from the times of a four-minute song.
  private static func share(_ stage: ConversionStage) -> ClosedRange<Double> {
    switch stage {
    case .model: 0...0.01
    case .decode: 0.01...0.06
    case .transcribe: 0.06...0.8
    case .write: 0.8...0.99
    case .publish: 0.99...1
    }
  }
}
