import Benchmarks
import Foundation
import Testing

struct LineChartTests {
  /// The points of each curve as they stand in the file; the grid's lines are one point wide.
  private func curves(_ svg: String) -> [[(x: Double, y: Double)]] {
    svg.matches(of: /<path d="M([^"h]*)" fill="none" stroke="[^"]*" stroke-width="2"\/>/).map {
      $0.output.1.split(separator: "L").map {
        let parts = $0.split(separator: " ").compactMap { Double($0) }
        return (parts[0], parts[1])
      }
    }
  }

  @Test func `What grows in proportion is a straight line among factors`() {
    let points = [1.0, 2, 4, 8].map { (x: $0, y: 3 * $0) }
    let svg = LineChart("Time", x: "minutes", y: "s", isLogarithmic: true, [.init("all", points)])
      .svg()
    let curve = curves(svg).first ?? []
    #expect(curve.count == 4)
    let slopes = zip(curve, curve.dropFirst()).map { ($1.y - $0.y) / ($1.x - $0.x) }
    // Two decimals are written.
    #expect(slopes.allSatisfy { abs($0 - slopes[0]) < 1e-3 && $0 < 0 })
  }

  @Test func `Linear axes begin at zero and every curve lies within them`() {
    let svg = LineChart(
      "A < B", x: "x", y: "y",
      [.init("first", [(x: 0, y: 0), (x: 7, y: 130)]), .init("second", [(x: 3, y: 60)])]
    ).svg()
    let points = curves(svg).flatMap(\.self)
    #expect(points.first?.x == 64 && points.first?.y == 350)
    #expect(points.allSatisfy { (64...470).contains($0.x) && (40...350).contains($0.y) })
    #expect(svg.contains(">first</text>") && svg.contains("A &lt; B"))
  }
}
