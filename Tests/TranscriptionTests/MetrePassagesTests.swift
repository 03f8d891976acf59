import Testing

@testable import Transcription

@Suite("Passages in one metre")
struct MetrePassagesTests {
  /// Bars one after the other: how many whole beats, and whether half a one follows.
  /// - Parameter style: of 4/4, from 0.
  private func path(_ bars: [(beats: Int, half: Bool)], style: Int = 0) -> [BarLattice.Step] {
    var steps: [BarLattice.Step] = []
    for bar in bars {
      let kinds = BarKind.all.indices.filter {
        let kind = BarKind.all[$0]
        return kind.beats == bar.beats && kind.hasHalf == bar.half && !kind.isCompound
      }
      let kind = kinds[kinds.count > 1 ? style : 0]
      for lane in 0..<BarLanes.count where BarLanes.kind[lane] == kind {
        steps.append(BarLattice.Step(frame: 0, period: 25, lane: lane))
      }
    }
    return steps
  }

  private func bars(_ count: Int, _ beats: Int, half: Bool = false) -> [(beats: Int, half: Bool)] {
    [(beats: Int, half: Bool)](repeating: (beats, half), count: count)
  }

  private func areMeant(_ bars: [(beats: Int, half: Bool)]) -> Bool {
    MetrePassages.haveHalfBars(in: path(bars))
  }

  @Test("A passage in 7/8 is meant")
  func passages() {
    #expect(areMeant(bars(40, 3, half: true)))
    #expect(areMeant(bars(30, 4) + bars(8, 3, half: true) + bars(20, 4)))
    #expect(areMeant(bars(40, 4) + bars(16, 4, half: true)), "9/8")
  }

  @Test("Here and there one is not, nor a few in a long song")
  func slips() {
    let slip = [(beats: 2, half: true)] + bars(9, 4) + [(beats: 5, half: true)] + bars(6, 4)
    #expect(!areMeant((0..<5).flatMap { _ in slip }))
    #expect(!areMeant(bars(20, 4) + bars(7, 5, half: true) + bars(20, 4)))
    #expect(!areMeant(bars(100, 4) + bars(9, 3, half: true)))
    #expect(!areMeant(bars(40, 4)))
    #expect(!areMeant([]))
  }

  @Test("Runs of eight bars of one kind and more count, by kind")
  func lengths() {
    let three = BarKind.all.firstIndex { $0.beats == 3 && !$0.hasHalf && !$0.isCompound }!
    let five = BarKind.all.firstIndex { $0.beats == 5 && !$0.hasHalf && !$0.isCompound }!
    let song = path(bars(20, 4) + bars(8, 3) + bars(20, 4) + bars(7, 5) + bars(9, 3))
    let lengths = MetrePassages.lengths(in: song)
    #expect(lengths[three] == 17 * 3 * 25)
    #expect(lengths[five] == 0)
    for style in BarKind.common { #expect(lengths[style] == 40 * 4 * 25) }
  }

  @Test("A passage in four may change its style")
  func styles() {
    let four = path(bars(5, 4)) + path(bars(5, 4), style: 2) + path(bars(4, 4), style: 3)
    let lengths = MetrePassages.lengths(in: path(bars(20, 3)) + four + path(bars(20, 3)))
    for style in BarKind.common { #expect(lengths[style] == 14 * 4 * 25) }
  }
}
