import Foundation
import TestSupport
import Testing

@Suite("Tempo and grid over human charts", .enabled(if: RockBandSong.folder != nil))
struct RockBandMeasurement {
  @Test("A steady human chart comes back: beats, bars, notes")
  func steadySong() throws {
    let song = SongMeasure(try RockBandSong("black"))
    #expect(song.onHumanTick >= 0.98)
    #expect(song.within15 >= 0.98)
    #expect(song.samePlace >= 0.95)
    #expect(song.beatF20 >= 0.98)
    #expect(song.isPhaseRight)
  }
}
