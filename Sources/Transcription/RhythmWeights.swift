internal import DrumNet

/// What the beat tracker knows about drumming: the learned weights of its lattice, all in natural
/// logarithms. `charthero-train rhythm` learns them.
package struct RhythmWeights: Sendable {
  /// Places in a beat that are told apart.
  package static let places = 24
  /// Lattice frames per second. Beats are refined below a frame afterwards, from the hits.
  package static let framesPerSecond = BeatNetwork.framesPerSecond
  /// Beat periods in frames: 214...55 BPM.
  package static let shortest = 14
  package static let longest = 54
  package static let periods = longest - shortest + 1
  /// The period at which ``density`` weighs nothing, seconds.
  package static let middle = 0.5

  /// How well an event fits, `(BarLanes.count, RhythmEvent.Kind.count, places)`.
  package var fit: [Double]
  /// Per beat, by lane.
  package var bias: [Double]
  /// Per beat without a hit on it, by lane.
  package var empty: [Double]
  /// Per beat, by period.
  package var period: [Double]
  /// Per event, times the logarithm of the period over half a second.
  package var density: Double
  /// Per bar that follows another kind of bar, by kind; also for the first bar.
  package var enter: [Double]
  /// Per bar that follows its like, by kind.
  package var stay: [Double]
  /// Per bar of 4/4 that follows another style of 4/4.
  package var swap: Double
  /// A period one frame longer or shorter: often only rounding.
  package var nudge: Double
  /// Other changes of the period: this times the logarithm of the ratio.
  package var slope: Double
  /// Any other period.
  package var jump: Double

  /// Index into ``fit``.
  package static func index(lane: Int, kind: Int, place: Int) -> Int {
    (lane * RhythmEvent.Kind.count + kind) * places + place
  }

  /// Weights that know nothing.
  package init() {
    fit = Array(repeating: 0, count: BarLanes.count * RhythmEvent.Kind.count * Self.places)
    bias = Array(repeating: 0, count: BarLanes.count)
    empty = bias
    period = Array(repeating: 0, count: Self.periods)
    enter = Array(repeating: 0, count: BarLanes.kinds)
    stay = enter
    (density, swap, nudge, slope, jump) = (0, 0, 0, 0, 0)
  }

  /// All weights in one row, for learning and for tables.
  package var flat: [Double] {
    get {
      fit + bias + empty + period + [density] + enter + stay + [swap, nudge, slope, jump]
    }
    set {
      precondition(newValue.count == flat.count)
      var rest = newValue[...]
      func take(_ target: inout [Double]) {
        target = Array(rest.prefix(target.count))
        rest = rest.dropFirst(target.count)
      }
      func take(_ target: inout Double) { target = rest.removeFirst() }
      take(&fit)
      take(&bias)
      take(&empty)
      take(&period)
      take(&density)
      take(&enter)
      take(&stay)
      take(&swap)
      take(&nudge)
      take(&slope)
      take(&jump)
    }
  }
}

/// The weights as text that stands in the source: ``fit`` one character a value, the rest decimals.
extension RhythmWeights {
  /// Values of ``fit`` are kept as multiples of 1/8 from -5 on; the 91 characters from `#` to `~`
  /// without the backslash stand for them.
  private static let step = 8.0
  private static let lowest = -5.0
  private static let levels = 91.0
  private static let firstCode: UInt8 = 35
  private static let backslash: UInt8 = 92

  /// What the project ships.
  package static let shipped = RhythmWeights(fit: rhythmFitTable, rest: rhythmCostTable)

  package init(fit table: String, rest: String) {
    self.init()
    let values = table.utf8.filter { $0 > 32 }.map { code in
      Double(code - Self.firstCode - (code > Self.backslash ? 1 : 0)) / Self.step + Self.lowest
    }
    let numbers = rest.split(whereSeparator: \.isWhitespace).map { Double($0) ?? 0 }
    flat = values + numbers
  }

  /// The two tables: lines of at most `width` characters.
  package func tables(width: Int = 90) -> (fit: String, rest: String) {
    let codes = fit.map { value in
      let level = min(Self.levels - 1, max(0, ((value - Self.lowest) * Self.step).rounded()))
      let code = UInt8(level) + Self.firstCode
      return code >= Self.backslash ? code + 1 : code
    }
    let lines = stride(from: 0, to: codes.count, by: width).map {
      String(decoding: codes[$0..<min(codes.count, $0 + width)], as: UTF8.self)
    }
    let numbers = flat.dropFirst(fit.count).map { "\(($0 * 1_000).rounded() / 1_000)" }
    let rows = stride(from: 0, to: numbers.count, by: 10).map {
      numbers[$0..<min(numbers.count, $0 + 10)].joined(separator: " ")
    }
    return (lines.joined(separator: "\n"), rows.joined(separator: "\n"))
  }
}
