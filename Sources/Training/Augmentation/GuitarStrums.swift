internal import Glibc

/// A steel-string guitar, strummed: plucked strings (Karplus and Strong 1983) one after the other
/// with the scrape of the pick, which a network takes for hats and snares. Nothing of it is labelled.
package enum GuitarStrums {
  /// MIDI notes of open chords from E to e'; an empty place is a string that is not struck.
  private static let chords: [[Double]] = [
    [40, 47, 52, 56, 59, 64], [45, 52, 57, 61, 64], [50, 57, 62, 66], [43, 47, 50, 55, 59, 67],
    [48, 52, 55, 60, 64], [40, 47, 52, 55, 59, 64], [45, 52, 57, 60, 64], [50, 57, 62, 65],
  ]

  /// Adds eighths or sixteenths of strumming, down on the beat and up between, a chord a bar or so.
  /// - Parameters:
  ///   - pulse: times in seconds of all sixteenths, the first on a beat; before 0 is allowed.
  ///   - level: root mean square of the music's loud parts.
  package static func add(
    to samples: inout [Float], pulse: [Double], level: Float,
    using generator: inout SeededGenerator
  ) {
    let transposition = Double(generator.integer(-2...5))
    let every = generator.pick([1, 2, 2, 4])
    let pattern = (0..<8).map { $0 == 0 || generator.chance(0.7) }
    let muting = generator.uniform(0, 0.4)
    let scrape = Float(generator.uniform(0.1, 0.9))
    let brightness = Float(generator.uniform(0.3, 0.95))
    var buffer = [Float](repeating: 0, count: samples.count)
    var chord = generator.pick(chords)
    for (i, time) in pulse.enumerated() where i % every == 0 {
      if i % 16 == 0 { chord = generator.pick(chords) }
      guard pattern[i / every % 8] else { continue }
      let isDown = i / every % 2 == 0
      let isMuted = generator.chance(muting)
      let end = pulse.indices.contains(i + every) ? pulse[i + every] : time + 0.25
      let stagger = generator.logUniform(0.002, 0.014)
      let force = Float(generator.uniform(0.6, 1) * (isDown ? 1 : 0.7))
      for (k, note) in (isDown ? chord : chord.reversed()).enumerated() {
        pluck(
          into: &buffer, at: time + Double(k) * stagger,
          // A strummed string is damped by the next stroke, a muted one at once.
          seconds: isMuted ? 0.03 : min(1.2, end - time + 0.05),
          frequency: 440 * pow(2, (note + transposition - 69) / 12), force: force,
          brightness: brightness, scrape: scrape, using: &generator)
      }
    }
    let own = Mixer.loudLevel(buffer)
    guard own > 0 else { return }
    let gain = level * generator.gain(decibels: -9, 3) / own
    for i in samples.indices { samples[i] += gain * buffer[i] }
  }

  private static func pluck(
    into buffer: inout [Float], at time: Double, seconds: Double, frequency: Double, force: Float,
    brightness: Float, scrape: Float, using generator: inout SeededGenerator
  ) {
    let start = Int(time * 44_100)
    let count = min(Int(seconds * 44_100), buffer.count - start)
    let period = Int(44_100 / frequency)
    guard start >= 0, count > 64 else { return }
    var string = [Float](repeating: 0, count: period)
    Noise.add(to: &string, level: force, darkness: 1 - brightness, using: &generator)
    // The pick's own noise: 2 ms, before the string has turned it into a tone.
    let attack = min(count, 88)
    for i in 0..<attack {
      buffer[start + i] += scrape * string[i % period] * (1 - Float(i) / Float(attack))
    }
    let release = min(count, 400)
    var place = 0
    var last = string[period - 1]
    for i in 0..<count {
      let value = string[place]
      buffer[start + i] += value * min(1, Float(count - i) / Float(release))
      string[place] = 0.498 * (value + last)
      last = value
      place += 1
      if place == period { place = 0 }
    }
  }
}
