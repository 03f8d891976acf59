internal import FoundationEssentials
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

    /// - Parameter integers: at full scale.
    init(integers: [Int16]) {
      samples = integers
      scale = 1 / 32_767
      // What is 40 dB below the peak counts as silence.
      let active = samples.lazy.filter { abs(Int32($0)) > 327 }
      let energy = active.reduce(0.0) { $0 + Double($1) * Double($1) }
      level = Float((energy / Double(max(1, active.count))).squareRoot() / 32_767)
    }

    /// Brought to full scale; silence has the level 0.
    init(_ samples: [Float]) { self.init(integers: Self.integers(samples)) }

    static func integers(_ samples: [Float]) -> [Int16] {
      let factor = 32_767 / max(OnsetMeasure.peak(samples), 1e-6)
      return samples.map { Int16(($0 * factor).rounded()) }
    }

    /// Whether a stretch has at least a hundredth of the energy of the loud parts.
    func isHeard(from start: Double, seconds: Double) -> Bool {
      let rate = Double(FluidSynthesizer.sampleRate)
      let first = min(samples.count, Int(start * rate))
      // Every eighth sample tells enough.
      let places = stride(from: first, to: min(samples.count, first + Int(seconds * rate)), by: 8)
      var energy = 0.0
      var count = 0.0
      for i in places {
        energy += Double(samples[i]) * Double(samples[i])
        count += 1
      }
      return count > 0 && (energy / count).squareRoot() * Double(scale) > 0.1 * Double(level)
    }

    /// `count` samples from a time in seconds on, silence beyond the end.
    package func excerpt(from start: Double, count: Int) -> [Float] {
      let first = Int(start * Double(FluidSynthesizer.sampleRate))
      var result = [Float](repeating: 0, count: count)
      let available = min(count, samples.count - first)
      guard available > 0 else { return result }
      unsafe samples.withUnsafeBufferPointer { samples in
        unsafe result.withUnsafeMutableBufferPointer { result in
          for i in 0..<available { unsafe result[i] = scale * Float(samples[first + i]) }
        }
      }
      return result
    }
  }

  private final class Slot: Sendable {
    /// Guards the samples; held while they are rendered, so that nobody renders them twice.
    let audio = Mutex<Audio?>(nil)
  }

  package let entries: [Entry]
  private let cacheFolder: String?
  private let slots: [Slot]

  /// - Parameters:
  ///   - count: entries; a song comes back with other soundfonts once all have been taken.
  ///   - seconds: rendered of each: 120 s are 10 MB.
  ///   - cacheFolder: where what was rendered is kept for the next run; made if it is not there.
  package init(
    songs: [AccompanimentSong], soundfonts: [String], count: Int, seconds: Double, seed: UInt64,
    cacheFolder: String? = nil
  ) {
    self.cacheFolder = cacheFolder
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
      let audio = Audio(integers: try cached(entry) ?? rendered(entry))
      stored = audio
      return audio
    }
  }

  private func rendered(_ entry: Entry) throws -> [Int16] {
    let samples = try entry.song.render(
      soundfont: entry.soundfont, seconds: entry.seconds / entry.stretch, stretch: entry.stretch,
      transposition: entry.transposition, reverb: entry.reverb)
    let integers = Audio.integers(samples)
    if let path = cachePath(entry) { try write(integers, to: path) }
    return integers
  }

  private func cached(_ entry: Entry) -> [Int16]? {
    guard let path = cachePath(entry), let data = FileManager.default.contents(atPath: path),
      !data.isEmpty
    else { return nil }
    return unsafe data.withUnsafeBytes { bytes in
      let words = unsafe bytes.bindMemory(to: UInt16.self)
      return unsafe words.map { Int16(bitPattern: UInt16(littleEndian: $0)) }
    }
  }

  private func write(_ samples: [Int16], to path: String) throws {
    let data = unsafe samples.withUnsafeBytes { unsafe Data($0) }
    do {
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw TrainingError(
        path: path, stage: "keeping rendered accompaniment", reason: "\(error)")
    }
  }

  /// A name that holds everything the sound depends on.
  private func cachePath(_ entry: Entry) -> String? {
    guard let cacheFolder else { return nil }
    // Debian's soundfonts are known by several links.
    let font = URL(filePath: entry.soundfont).resolvingSymlinksInPath().lastPathComponent
    let key =
      "\(entry.song.name)|\(entry.song.seconds)|\(font)|\(entry.stretch)|\(entry.transposition)"
      + "|\(entry.reverb)|\(entry.seconds)"
    // FNV-1a, 64 bits.
    let hash = key.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return cacheFolder + "/" + String(hash, radix: 16) + ".s16"
  }
}
