internal import FoundationEssentials
internal import Glibc
internal import Spectral

/// Rooms: recorded impulse responses and invented ones, by fast convolution.
package struct Reverb: Sendable {
  /// Impulse responses of unit energy, at most half a transform long.
  private let responses: [[Float]]
  private static let length = 1 << 17

  /// - Parameter folder: a folder of sound files that begin at their onsets; without one all rooms
  ///   are invented.
  package init(folder: String?) throws {
    guard let folder else {
      responses = []
      return
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let files = names.filter { $0.hasSuffix(".ogg") || $0.hasSuffix(".wav") }
    responses = try Concurrent.map(files) { name in
      var samples = Array(try SampleFile.mono(folder + "/" + name).prefix(Self.length / 2))
      let fade = min(4_096, samples.count)
      for i in 0..<fade { samples[samples.count - 1 - i] *= Float(i) / Float(fade) }
      return Self.unitEnergy(samples)
    }
  }

  /// Adds reverberation to the samples; the dry sound stays where it is.
  /// - Parameter decibels: level of the reverberation against the dry sound, by energy.
  package func apply(
    to samples: inout [Float], decibels: Double, using generator: inout SeededGenerator
  ) {
    let response: [Float]
    if !responses.isEmpty && generator.chance(0.5) {
      response = generator.pick(responses)
    } else {
      response = Self.inventedRoom(using: &generator)
    }
    Self.convolve(&samples, with: response, gain: amplitude(decibels: decibels))
  }

  /// Noise that dies away exponentially, darker and sparser the smaller the room, after a short gap.
  private static func inventedRoom(using generator: inout SeededGenerator) -> [Float] {
    let decay = generator.logUniform(0.08, 1.1)
    let count = min(length / 2, Int(decay * 44_100))
    let gap = Int(generator.uniform(0.001, 0.02) * 44_100)
    let darkness = Float(generator.uniform(0, 0.85))
    // 60 dB over `decay` seconds.
    let fall = Float(exp(-6.9 / (decay * 44_100)))
    var result = [Float](repeating: 0, count: gap + count)
    var envelope: Float = 1
    var memory: Float = 0
    for i in gap..<result.count {
      memory = Float(generator.unit() - 0.5) + darkness * memory
      result[i] = memory * envelope
      envelope *= fall
    }
    return unitEnergy(result)
  }

  private static func unitEnergy(_ samples: [Float]) -> [Float] {
    let energy = samples.reduce(0) { $0 + $1 * $1 }
    guard energy > 0 else { return samples }
    let factor = 1 / energy.squareRoot()
    return samples.map { $0 * factor }
  }

  /// samples += gain * (samples * response), by overlap-add.
  static func convolve(_ samples: inout [Float], with response: [Float], gain: Float) {
    let fft = RealFFT(length: length)
    let step = length - response.count + 1
    var kernel = [Float](repeating: 0, count: fft.spectrumCount)
    var block = [Float](repeating: 0, count: length)
    block.replaceSubrange(0..<response.count, with: response)
    fft.forward(block, into: &kernel)
    var spectrum = kernel
    let dry = samples
    var start = 0
    while start < dry.count {
      let count = min(step, dry.count - start)
      block.replaceSubrange(0..<count, with: dry[start..<start + count])
      for i in count..<length { block[i] = 0 }
      fft.forward(block, into: &spectrum)
      multiply(&spectrum, by: kernel)
      fft.inverse(spectrum, into: &block)
      let end = min(length, dry.count - start)
      for i in 0..<end { samples[start + i] += gain * block[i] }
      start += step
    }
  }

  /// Complex products of two interleaved spectra.
  private static func multiply(_ a: inout [Float], by b: [Float]) {
    for i in stride(from: 0, to: a.count - 1, by: 2) {
      let real = a[i] * b[i] - a[i + 1] * b[i + 1]
      a[i + 1] = a[i] * b[i + 1] + a[i + 1] * b[i]
      a[i] = real
    }
  }
}
