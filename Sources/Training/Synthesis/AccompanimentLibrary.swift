internal import Synchronization

/// A fixed list of songs, each with the soundfont, tempo and key it is played with, rendered when
/// first asked for and kept. What entry `i` sounds like depends on the seed only, never on who asks
/// first.
package final class AccompanimentLibrary: Sendable {
  package struct Entry: Sendable {
    package var song: AccompanimentSong
    package var soundfont: String
    package var stretch: Double
    package var transposition: Int
    package var reverb: Bool
    /// The song's beats and drums in the rendered time.
    package var grid: BeatGrid
    package var drums: Performance
    /// Seconds that are rendered.
    package var seconds: Double
  }

  /// Rendered samples as 16-bit integers.
  package struct Audio: Sendable {
    package var samples: [Int16]
    package var scale: Float
    /// Root mean square of the parts that are not silent.
    package var level: Float
  }

  private final class Slot: Sendable {
    /// Guards the samples; held while they are rendered, so that nobody renders them twice.
    let audio = Mutex<Audio?>(nil)
  }

  package let entries: [Entry]
  private let slots: [Slot]

  /// - Parameters:
  ///   - count: entries; a song comes back with other soundfonts once all have been taken.
  ///   - seconds: rendered of each: 120 s are 10 MB.
  package init(
    songs: [AccompanimentSong], soundfonts: [String], count: Int, seconds: Double, seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed, index: -1)
    var order: [Int] = []
    var entries: [Entry] = []
    while entries.count < count, !songs.isEmpty, !soundfonts.isEmpty {
      if order.isEmpty { order = Array(songs.indices).shuffled(using: &generator) }
      let song = songs[order.removeLast()]
      let stretch = generator.uniform(0.87, 1.15)
      let grid = song.grid.stretched(by: stretch)
      var drums = song.drums
      drums.grid = grid
      entries.append(
        Entry(
          song: song, soundfont: generator.pick(soundfonts), stretch: stretch,
          transposition: generator.integer(-4...3), reverb: generator.chance(0.5), grid: grid,
          drums: drums, seconds: min(seconds, song.seconds) * stretch))
    }
    self.entries = entries
    slots = entries.map { _ in Slot() }
  }

  /// The samples of an entry, rendered now if they are not there yet.
  package func audio(_ index: Int) throws -> Audio {
    let entry = entries[index]
    return try slots[index].audio.withLock { stored in
      if let stored { return stored }
      let samples = try entry.song.render(
        soundfont: entry.soundfont, seconds: entry.seconds / entry.stretch, stretch: entry.stretch,
        transposition: entry.transposition, reverb: entry.reverb)
      let peak = max(OnsetMeasure.peak(samples), 1e-6)
      let active = samples.filter { abs($0) > peak * 0.01 }
      let audio = Audio(
        samples: samples.map { Int16(($0 / peak * 32_767).rounded()) }, scale: peak / 32_767,
        level: OnsetMeasure.rootMeanSquare(active))
      stored = audio
      return audio
    }
  }
}
