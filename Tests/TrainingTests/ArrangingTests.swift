import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("Songs in the styles of a band") struct ArrangingTests {
  private static func style(_ text: String, file: String = "casio/somerock") -> BandStyle? {
    BandStyle(file: file, text: text)
  }

  private static let whole = """
    // a style
    Time 4
    TimeSig 4 4
    DefGroove SomeRock   Good for oldish things.
      DefGroove somerockB
    DefGroove SomeRockIntro
    DefGroove SomeRockIntroB
    DefGroove SomeRockFill
    DefGroove SomeRockEnding
    """

  @Test("A style's grooves are told apart by what they are for") func grooves() throws {
    let style = try #require(Self.style(Self.whole))
    #expect(style.beatsPerBar == 4)
    #expect(style.grooves == ["somerock", "somerockb"])
    #expect(style.intros == ["somerockintro", "somerockintrob"])
    #expect(style.fills == ["somerockfill"])
    #expect(style.endings == ["somerockending"])
    let waltz = try #require(Self.style("Time 3\nTimeSig 3/4\nDefGroove Waltz"))
    #expect(waltz.beatsPerBar == 3)
  }

  @Test(
    "Styles whose beat is unclear are left out",
    arguments: [
      "Time 4\nTimeSig 12 8\nDefGroove A", "Time 6\nTimeSig 6/8\nDefGroove A",
      "Time 4\nTime 3\nDefGroove A", "Time 2\nDefGroove A", "DefGroove A",
      "Time 4\nDefGroove AIntro", "Time 4\nYou need to double the tempo.\nDefGroove A",
      "Time x\nDefGroove A",
    ])
  func unclear(_ text: String) {
    #expect(Self.style(text) == nil)
  }

  @Test("Dances in half notes are left out by name") func dances() {
    #expect(Self.style("Time 4\nDefGroove A", file: "casio/poppolka") == nil)
    #expect(Self.style("Time 4\nDefGroove A", file: "casio/poprock1") != nil)
  }

  @Test("The tempo suits the style", arguments: 0..<20) func tempo(seed: Int) throws {
    for (file, range) in [
      ("casio/popballad", 54.0...92), ("stdlib/bebop", 100...210), ("casio/poprock1", 72...150),
    ] {
      let style = try #require(Self.style(Self.whole, file: file))
      var generator = SeededGenerator(seed: 3, index: seed)
      let form = SongForm(style: style, seconds: 60, using: &generator)
      #expect(range ~= form.tempo)
      #expect(form.text.hasPrefix("Tempo \(Int(form.tempo))\nUse \(file)\nRndSeed "))
    }
  }

  @Test("A song lasts, stays in its style, and every bar has chords", arguments: 0..<20)
  func form(seed: Int) throws {
    let style = try #require(Self.style(Self.whole))
    var generator = SeededGenerator(seed: 4, index: seed)
    let form = SongForm(style: style, seconds: 90, using: &generator)
    let all = Set(style.grooves + style.intros + style.fills + style.endings)
    var bars = 0
    for line in form.text.split(separator: "\n").dropFirst(3) {
      if line.hasPrefix("Groove ") {
        #expect(all.contains(String(line.dropFirst(7))))
      } else {
        bars += 1
        let chords = line.split(separator: " ").filter { $0 != "/" }
        #expect(chords.count == 1 || chords.count == 2)
        #expect(chords.allSatisfy { "ABCDEFG".contains($0.prefix(1)) })
      }
    }
    #expect(Double(bars) * 4 * 60 / form.tempo >= 90)
    var again = SeededGenerator(seed: 4, index: seed)
    #expect(SongForm(style: style, seconds: 90, using: &again).text == form.text)
  }

  @Test("A folder without styles is named") func nothing() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: TrainingError.self) {
      try BandStyle.load(library: folder.url.path)
    }
    #expect(error?.path == folder.url.path)
  }
}
