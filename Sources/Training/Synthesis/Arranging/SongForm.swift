/// A song without a melody: a style, a tempo, and sections with chords and a groove each, as a text that
/// MMA makes a MIDI file of.
package struct SongForm: Sendable {
  package let style: BandStyle
  /// BPM.
  package let tempo: Double
  /// What MMA reads.
  package let text: String

  /// - Parameter seconds: the song is at least this long.
  package init(style: BandStyle, seconds: Double, using generator: inout SeededGenerator) {
    self.style = style
    tempo = generator.logUniform(style.tempos.lowerBound, style.tempos.upperBound).rounded()
    let secondsPerBar = 60 / tempo * Double(style.beatsPerBar)
    let key = generator.index(12)
    let grooves = Array(style.grooves.shuffled(using: &generator).prefix(3))
    let themes = grooves.map { _ in generator.pick(Self.progressions) }
    // MMA plays a little unevenly, by numbers of its own.
    let seed = generator.index(1_000_000)
    var lines = ["Tempo \(Int(tempo))", "Use \(style.file)", "RndSeed \(seed)"]
    var bars = 0

    func play(_ groove: String, bars count: Int, theme: [Chord], from first: Int = 0) {
      lines.append("Groove \(groove)")
      for bar in first..<first + count {
        let chord = theme[bar % theme.count]
        let turns = style.beatsPerBar == 4 && bar % 4 == 3 && generator.chance(0.25)
        lines.append(
          turns
            ? "\(chord.name(in: key)) / \(Self.dominant.name(in: key)) /" : chord.name(in: key))
      }
      bars += count
    }

    if let intro = style.intros.randomElement(using: &generator), generator.chance(0.7) {
      play(intro, bars: 4, theme: themes[0])
    }
    var section = 0
    while Double(bars) * secondsPerBar < seconds {
      let part = generator.chance(0.75) ? section % grooves.count : generator.index(grooves.count)
      let length = generator.pick([4, 8, 8, 8, 12, 16])
      let fill = generator.chance(0.8) ? style.fills.randomElement(using: &generator) : nil
      play(grooves[part], bars: length - (fill == nil ? 0 : 1), theme: themes[part])
      if let fill { play(fill, bars: 1, theme: themes[part], from: length - 1) }
      section += 1
    }
    if let ending = style.endings.randomElement(using: &generator) {
      play(ending, bars: 2, theme: themes[0])
    }
    text = lines.joined(separator: "\n") + "\n"
  }

  private struct Chord {
    /// Semitones above the key's root.
    var degree: Int
    var quality = ""

    func name(in key: Int) -> String {
      ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"][(key + degree) % 12]
        + quality
    }
  }

  private static let tonic = Chord(degree: 0)
  private static let minorTonic = Chord(degree: 0, quality: "m")
  private static let second = Chord(degree: 2, quality: "m")
  private static let third = Chord(degree: 4, quality: "m")
  private static let fourth = Chord(degree: 5)
  private static let minorFourth = Chord(degree: 5, quality: "m")
  private static let fifth = Chord(degree: 7)
  private static let dominant = Chord(degree: 7, quality: "7")
  private static let sixth = Chord(degree: 9, quality: "m")
  private static let flatThird = Chord(degree: 3)
  private static let flatSixth = Chord(degree: 8)
  private static let flatSeventh = Chord(degree: 10)

  /// A bar a chord.
  private static let progressions: [[Chord]] = [
    [tonic, fifth, sixth, fourth], [tonic, sixth, fourth, fifth], [sixth, fourth, tonic, fifth],
    [tonic, fourth, tonic, fifth], [tonic, fourth, fifth, fourth], [tonic, tonic, fourth, fifth],
    [tonic, third, fourth, fifth], [tonic, flatSeventh, fourth, tonic],
    [second, dominant, tonic, tonic], [fourth, fifth, third, sixth, fourth, fifth, tonic, tonic],
    [tonic, sixth, second, dominant, third, sixth, second, dominant],
    [tonic, tonic, tonic, tonic, fourth, fourth, tonic, tonic, dominant, fourth, tonic, dominant],
    [minorTonic, flatSixth, flatThird, flatSeventh],
    [minorTonic, flatSeventh, flatSixth, dominant],
    [minorTonic, minorFourth, dominant, minorTonic],
    [minorTonic, minorTonic, minorFourth, dominant],
  ]
}
