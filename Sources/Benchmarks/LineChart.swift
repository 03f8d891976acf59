internal import ChartFormat
internal import Foundation

/// Curves over common axes, as a small SVG file.
package struct LineChart {
  package struct Series {
    package let name: String
    /// In ascending order of x.
    package let points: [(x: Double, y: Double)]

    package init(_ name: String, _ points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points
    }
  }

  package let title: String
  /// What the axes show, with units.
  package let x: String
  package let y: String
  package let series: [Series]
  /// Whether both axes grow by factors: what doubles with the length is then a line at one in one.
  package let isLogarithmic: Bool

  package init(
    _ title: String, x: String, y: String, isLogarithmic: Bool = false, _ series: [Series]
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.isLogarithmic = isLogarithmic
  }

  /// Told apart by people who see few colours (Okabe & Ito 2008).
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
  ]
  private static let ink = "#333333"
  private static let faint = "#dddddd"
  private static let size = (width: 640.0, height: 400.0)
  /// The plot inside the picture, without the names of the curves at its right.
  private static let plot = (left: 64.0, right: 470.0, top: 40.0, bottom: 350.0)

  package func svg() -> String {
    let size = Self.size
    var picture = Picture(width: size.width, height: size.height, background: "#ffffff")
    let plot = Self.plot
    let points = series.flatMap(\.points)
    let (across, up) = (axis(points.map(\.x)), axis(points.map(\.y)))
    func place(_ x: Double, _ y: Double) -> Picture.Point {
      Picture.Point(
        plot.left + across.share(x) * (plot.right - plot.left),
        plot.bottom - up.share(y) * (plot.bottom - plot.top))
    }
    func text(_ x: Double, _ y: Double, _ text: String, _ size: Double = 11) {
      picture.shapes.append(.text(.init(x, y), text, size: size, colour: Self.ink))
    }
    for tick in across.ticks {
      let at = place(tick, up.low).x
      picture.shapes.append(
        .line([.init(at, plot.top), .init(at, plot.bottom)], colour: Self.faint, width: 1))
      text(at - 8, plot.bottom + 16, Self.label(tick))
    }
    for tick in up.ticks {
      let at = place(across.low, tick).y
      picture.shapes.append(
        .line([.init(plot.left, at), .init(plot.right, at)], colour: Self.faint, width: 1))
      text(plot.left - 44, at + 4, Self.label(tick))
    }
    for (index, one) in series.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      let places = one.points.map { place($0.x, $0.y) }
      picture.shapes.append(.line(places, colour: colour, width: 2))
      picture.shapes.append(.dots(places, radius: 3, colour: colour, opacity: 1))
      let height = plot.top + 12 + 18 * Double(index)
      picture.shapes.append(
        .dots([.init(plot.right + 14, height - 4)], radius: 4, colour: colour, opacity: 1))
      text(plot.right + 24, height, one.name)
    }
    text(plot.left, 22, title, 14)
    text(plot.left, plot.bottom + 38, x)
    text(plot.left - 44, plot.top - 6, y)
    return picture.svg()
  }

  private struct Axis {
    let low: Double
    let high: Double
    let ticks: [Double]
    let isLogarithmic: Bool

    /// Where a value lies, 0 at the lower end and 1 at the upper.
    func share(_ value: Double) -> Double {
      isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    }
  }

  private func axis(_ values: [Double]) -> Axis {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    guard isLogarithmic else {
      // From 0 to a round number, in four to ten steps of 1, 2 or 5.
      let top = max(most, 1e-9)
      let power = pow(10, floor(log10(top)))
      let step = [0.1, 0.2, 0.5, 1].map { $0 * power }.first { top / $0 <= 10 } ?? power
      let count = (top / step).rounded(.up)
      return Axis(
        low: 0, high: count * step, ticks: (0...Int(count)).map { Double($0) * step },
        isLogarithmic: false)
    }
    precondition(least > 0, "only what is above 0 has a place among factors")
    let ticks = (-9...9).flatMap { power in [1.0, 2, 5].map { $0 * pow(10, Double(power)) } }
    let low = ticks.last { $0 <= least * 1.000_001 } ?? least
    let high = ticks.first { $0 >= most && $0 > low } ?? most
    return Axis(
      low: low, high: high, ticks: ticks.filter { low...high ~= $0 }, isLogarithmic: true)
  }

  /// `0.5`, `20`, `1500`.
  private static func label(_ value: Double) -> String { String(format: "%g", value) }
}
