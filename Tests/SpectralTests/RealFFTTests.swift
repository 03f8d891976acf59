import Foundation
import Spectral
import Testing

@Suite("The real Fourier transform")
struct RealFFTTests {
  @Test(arguments: [1, 2, 7, 8, 64, 65, 1_000])
  func `it agrees with the definition`(length: Int) {
    let samples = noise(length)
    let transform = RealFFT(length: length)
    var spectrum = [Float](repeating: 0, count: transform.spectrumCount)
    transform.forward(samples, into: &spectrum)
    for bin in 0...length / 2 {
      var (real, imaginary) = (0.0, 0.0)
      for (i, sample) in samples.enumerated() {
        let angle = -2 * .pi * Double(bin * i % length) / Double(length)
        real += Double(sample) * cos(angle)
        imaginary += Double(sample) * sin(angle)
      }
      let tolerance = 1e-5 * Double(length).squareRoot()
      #expect(abs(real - Double(spectrum[2 * bin])) < tolerance)
      #expect(abs(imaginary - Double(spectrum[2 * bin + 1])) < tolerance)
    }
  }

  @Test(arguments: [1, 7, 64, 2_048])
  func `the inverse undoes the forward transform`(length: Int) {
    let samples = noise(length, seed: 9)
    let transform = RealFFT(length: length)
    var spectrum = [Float](repeating: 0, count: transform.spectrumCount)
    var back = [Float](repeating: 0, count: length)
    transform.forward(samples, into: &spectrum)
    transform.inverse(spectrum, into: &back)
    #expect(zip(samples, back).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `transforms made on many threads at once are all right`() async {
    await withTaskGroup(of: Bool.self) { group in
      for seed in 1...32 {
        group.addTask {
          let samples = noise(512, seed: UInt64(seed))
          let transform = RealFFT(length: 512)
          var spectrum = [Float](repeating: 0, count: transform.spectrumCount)
          var back = samples
          transform.forward(samples, into: &spectrum)
          transform.inverse(spectrum, into: &back)
          return zip(samples, back).allSatisfy { abs($0 - $1) < 1e-6 }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
