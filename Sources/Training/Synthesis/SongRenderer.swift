internal import Transcription

/// Renders whole performances without random changes to the sound, for evaluation.
package enum SongRenderer {
  /// A performance on a kit as it was recorded.
  /// - Parameter lead: seconds of silence before the grid's beat 0.
  package static func render(
    _ performance: Performance, kit: VirtualKit, lead: Double = 0, seed: UInt64 = 0
  ) -> TrainingExample {
    var generator = SeededGenerator(seed: seed, index: 0)
    let hits = performance.hits.map {
      TimedHit(
        time: performance.grid.time(at: $0.beat) + lead, articulation: $0.articulation,
        velocity: $0.velocity, variant: $0.variant)
    }.sorted { $0.time < $1.time }
    let seconds = performance.seconds + lead + 2
    var audio = [Float](repeating: 0, count: Int(seconds * 44_100))
    DrumRenderer.render(hits, kit: kit, into: &audio, using: &generator)
    normalise(&audio)
    let beats = performance.grid.beats(from: -lead, seconds: performance.seconds + lead + 0.01)
    return TrainingExample(
      audio: audio, onsets: Labels.onsets(of: hits, seconds: seconds), beats: beats)
  }

  /// A performance's bars played over an accompaniment, from its first bar line on, for as long as
  /// both last; `nil` where their bars do not agree.
  /// - Parameter decibels: level of the drums over the accompaniment.
  package static func render(
    _ performance: Performance, kit: VirtualKit, over library: AccompanimentLibrary, entry: Int,
    decibels: Double, seed: UInt64 = 0
  ) throws -> TrainingExample? {
    let accompaniment = library.entries[entry]
    var generator = SeededGenerator(seed: seed, index: entry)
    guard let first = accompaniment.grid.positions.firstIndex(of: 1),
      let own = performance.grid.positions.firstIndex(of: 1)
    else { return nil }
    let offset = own - first
    let last = min(
      Int(accompaniment.grid.beat(at: accompaniment.seconds)),
      Int(performance.grid.beat(at: performance.seconds)) + 1 - offset,
      accompaniment.grid.count - 1, performance.grid.count - 1 - offset)
    guard last > first + 4,
      accompaniment.grid.agrees(with: performance.grid, offset: offset, range: first...last)
    else { return nil }
    let seconds = accompaniment.grid.time(at: Double(last))
    let hits = performance.hits.compactMap { hit -> TimedHit? in
      let beat = hit.beat - Double(offset)
      guard beat < Double(last) else { return nil }
      return TimedHit(
        time: accompaniment.grid.time(at: beat), articulation: hit.articulation,
        velocity: hit.velocity, variant: hit.variant)
    }.sorted { $0.time < $1.time }
    var audio = [Float](repeating: 0, count: Int(seconds * 44_100))
    DrumRenderer.render(hits, kit: kit, into: &audio, using: &generator)
    let music = try library.audio(entry)
    Mixer.add(
      music.excerpt(from: 0, count: audio.count), level: music.level, to: &audio,
      drumsOver: decibels)
    normalise(&audio)
    return TrainingExample(
      audio: audio, onsets: Labels.onsets(of: hits, seconds: seconds),
      beats: accompaniment.grid.beats(from: 0, seconds: seconds))
  }

  /// The loudest sample at -1 dBFS.
  private static func normalise(_ audio: inout [Float]) {
    let peak = OnsetMeasure.peak(audio)
    guard peak > 0 else { return }
    let gain = amplitude(decibels: -1) / peak
    for i in audio.indices { audio[i] *= gain }
  }
}
