import DrumNet
import Testing
import Training
import Transcription

@Suite struct ScoreTests {
  private let annotated = [
    Onset(time: 0, drum: .kick), Onset(time: 0.5, drum: .snare), Onset(time: 1, drum: .tomHigh),
    Onset(time: 1.5, drum: .ride),
  ]

  @Test("Hearing everything scores 1, hearing nothing scores 0")
  func extremes() {
    let perfect = SongScore(name: "a", duration: 2, estimated: annotated, annotated: annotated)
    let deaf = SongScore(name: "a", duration: 2, estimated: [], annotated: annotated)
    for vocabulary in Vocabulary.allCases {
      #expect(perfect.total(vocabulary, 50).f == 1)
      #expect(deaf.total(vocabulary, 50).f == 0)
    }
  }

  @Test("A wrong tom is right in five classes and wrong in eight")
  func coarseClasses() {
    var heard = annotated
    heard[2].drum = .tomLow
    let score = SongScore(name: "a", duration: 2, estimated: heard, annotated: annotated)
    #expect(score.total(.five, 50).f == 1)
    #expect(score.total(.eight, 50) == MatchCounts(matched: 3, estimated: 4, annotated: 4))
  }

  @Test("A constant lateness shows as the median offset and costs the tight tolerance")
  func lateness() throws {
    let late = annotated.map {
      Onset(time: $0.time + 0.04, drum: $0.drum, velocity: $0.velocity)
    }
    let table = ScoreTable(
      title: "late",
      songs: [SongScore(name: "a", duration: 2, estimated: late, annotated: annotated)])
    #expect(abs(try #require(table.medianOffset(.kick)) - 0.04) < 1e-9)
    #expect(table.total(.five, 50).f == 1)
    #expect(table.total(.five, 30).f == 0)
  }

  @Test("The bootstrap interval holds the pooled F and is a point for equal songs")
  func interval() {
    let half = SongScore(
      name: "h", duration: 2, estimated: Array(annotated.prefix(2)), annotated: annotated)
    let whole = SongScore(name: "w", duration: 2, estimated: annotated, annotated: annotated)
    let mixed = ScoreTable(title: "m", songs: [half, whole, half, whole])
    let range = mixed.interval(.five)
    #expect(range.contains(mixed.total(.five).f))
    #expect(range.lowerBound < range.upperBound)
    let equal = ScoreTable(title: "e", songs: [half, half]).interval(.five)
    #expect(equal.lowerBound == equal.upperBound)
  }

  @Test("Numbers are printed with the decimals asked for")
  func fixedDecimals() {
    #expect(fixed(0.8345, 3) == "0.835")
    #expect(fixed(-1.26, 1) == "-1.3")
    #expect(fixed(12, 0) == "12")
    #expect(fixed(-0.0001, 2) == "0.00")
  }
}
