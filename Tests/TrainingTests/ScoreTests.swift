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

  @Test("Each onset is found, missed or invented, and a stroke's speed counts both its neighbours")
  func judged() {
    let played = [0.0, 0.05, 0.15, 1, 1.5].map { Onset(time: $0, drum: .kick) }
    let heard = [Onset(time: 0.151, drum: .kick), Onset(time: 0.7, drum: .kick)]
    let score = SongScore(name: "a", duration: 60, estimated: heard, annotated: played)
    let table = ScoreTable(title: "t", songs: [score])
    #expect(score.onsets.count { $0.estimate == nil } == 4)
    #expect(score.onsets.count { $0.annotation == nil } == 1)
    #expect(table.inventedPerMinute == 1)
    let recalls = table.recallByInterval.map { [$0.counts.matched, $0.counts.annotated] }
    #expect(recalls == [[0, 2], [1, 1], [0, 0], [0, 2]])
  }

  @Test("Strokes of exactly 60 ms are not below 60 ms")
  func intervalEdges() {
    let played = (0..<4).map { Onset(time: 0.1 + Double($0) * 0.06, drum: .snare) }
    let score = SongScore(name: "a", duration: 1, estimated: [], annotated: played)
    #expect(score.onsets.allSatisfy { $0.interval == .to120 })
  }

  @Test("Beats count at both tolerances, bar lines apart, and only where beats are annotated")
  func beats() {
    let annotated = (0..<8).map { Beat(time: 1 + Double($0) * 0.5, position: $0 % 4 + 1) }
    let late = annotated.map { Beat(time: $0.time + 0.03, position: $0.position % 4 + 1) }
    let outside = [Beat(time: 0.2, position: 1)]
    let matches = BeatMatches(estimated: outside + late, annotated: annotated)
    #expect(matches.beats70 == MatchCounts(matched: 8, estimated: 8, annotated: 8))
    #expect(matches.beats20.matched == 0)
    #expect(matches.downbeats70 == MatchCounts(matched: 0, estimated: 2, annotated: 2))
    #expect(BeatMatches(estimated: late, annotated: []).beats70.estimated == 0)
  }

  @Test("Reliability tells honest confidences from boasting ones")
  func reliability() {
    func table(confidence: Double) -> ScoreTable {
      let played = (0..<10).map { Onset(time: Double($0), drum: .kick) }
      let heard = (0..<20).map {
        Onset(time: Double($0), drum: .kick, velocity: 80, confidence: confidence)
      }
      let score = SongScore(name: "a", duration: 20, estimated: heard, annotated: played)
      return ScoreTable(title: "t", songs: [score])
    }
    #expect(table(confidence: 0.5).reliability.error < 1e-9)
    #expect(abs(table(confidence: 0.95).reliability.error - 0.45) < 1e-9)
    #expect(table(confidence: 1).reliability.steps[9].hits == 20)
  }

  @Test("A comparison names the song that changed and is zero between a model and itself")
  func comparison() throws {
    func table(_ heard: [Onset]) -> ScoreTable {
      ScoreTable(
        title: "t",
        songs: [
          SongScore(name: "same", duration: 2, estimated: annotated, annotated: annotated),
          SongScore(name: "better", duration: 2, estimated: heard, annotated: annotated),
        ])
    }
    let (poor, good) = (table(Array(annotated.prefix(2))), table(annotated))
    let change = try #require(ScoreComparison(poor, good))
    #expect(abs(change.gain5 - (1 - 12.0 / 14)) < 1e-9)
    #expect(change.interval5[0] >= 0 && change.interval5[1] > change.gain5)
    let firstSong = try #require(change.text.split(separator: "\n").dropFirst().first)
    #expect(firstSong.hasSuffix("better"))
    let none = try #require(ScoreComparison(good, good))
    #expect(none.gain5 == 0 && none.interval8 == [0, 0])
    let free = ScoreTable(
      title: "f", songs: [SongScore(name: "f", duration: 60, estimated: [], annotated: [])])
    #expect(ScoreComparison(free, free) == nil)
  }
}
