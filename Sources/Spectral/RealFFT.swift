internal import CFFTW
internal import Synchronization

/// FFTW's planner is not thread-safe; everything that plans or frees a plan holds this lock.
private let planner = Mutex(())

/// The discrete Fourier transform of real samples, single precision, for one fixed length.
///
/// A spectrum is stored interleaved, real part then imaginary part, for the `length / 2 + 1`
/// frequencies from 0 to the Nyquist frequency. Plans are estimated, not measured: a measured plan
/// depends on the moment's load, and with it the last bits of every result.
///
/// Not `Sendable`: each thread makes its own, which is cheap.
@safe package final class RealFFT {
  /// Samples of one transform.
  package let length: Int
  /// Values of one interleaved spectrum.
  package var spectrumCount: Int { 2 * (length / 2 + 1) }

  private let samples: UnsafeMutablePointer<Float>
  private let spectrum: UnsafeMutablePointer<fftwf_complex>
  private let forwardPlan: fftwf_plan
  private let inversePlan: fftwf_plan

  /// `length` may be any positive number; powers of two are fastest.
  package init(length: Int) {
    precondition(length > 0)
    self.length = length
    unsafe samples = fftwf_alloc_real(length)
    unsafe spectrum = fftwf_alloc_complex(length / 2 + 1)
    unsafe samples.initialize(repeating: 0, count: length)
    unsafe spectrum.initialize(repeating: (0, 0), count: length / 2 + 1)
    let (time, frequency) = unsafe (samples, spectrum)
    var forward: fftwf_plan?
    var inverse: fftwf_plan?
    planner.withLock { _ in
      unsafe forward = fftwf_plan_dft_r2c_1d(Int32(length), time, frequency, Self.estimate)
      unsafe inverse = fftwf_plan_dft_c2r_1d(Int32(length), frequency, time, Self.estimate)
    }
    unsafe forwardPlan = forward!
    unsafe inversePlan = inverse!
  }

  deinit {
    let plans = unsafe (forwardPlan, inversePlan)
    planner.withLock { _ in
      unsafe fftwf_destroy_plan(plans.0)
      unsafe fftwf_destroy_plan(plans.1)
    }
    unsafe fftwf_free(samples)
    unsafe fftwf_free(spectrum)
  }

  /// `FFTW_ESTIMATE`, a macro that Swift does not see.
  private static let estimate: UInt32 = 1 << 6

  /// Transforms `length` samples into an interleaved spectrum, unscaled.
  package func forward(_ input: [Float], into output: inout [Float]) {
    precondition(input.count == length && output.count == spectrumCount)
    let bins = length / 2 + 1
    unsafe input.withUnsafeBufferPointer {
      unsafe samples.update(from: $0.baseAddress!, count: length)
    }
    unsafe fftwf_execute(forwardPlan)
    unsafe output.withUnsafeMutableBytes {
      unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: spectrum, count: bins * 8))
    }
  }

  /// Transforms the `length` samples that `fill` writes, and hands the spectrum to `measure`: both
  /// lie in the transform's own memory.
  func forward(
    fill: (UnsafeMutablePointer<Float>) -> Void, measure: (UnsafePointer<Float>) -> Void
  ) {
    unsafe fill(samples)
    unsafe fftwf_execute(forwardPlan)
    unsafe spectrum.withMemoryRebound(to: Float.self, capacity: spectrumCount) {
      unsafe measure($0)
    }
  }

  /// Transforms an interleaved spectrum back; `inverse(forward(x))` is `x`.
  package func inverse(_ input: [Float], into output: inout [Float]) {
    precondition(input.count == spectrumCount && output.count == length)
    let bins = length / 2 + 1
    unsafe input.withUnsafeBytes {
      unsafe UnsafeMutableRawBufferPointer(start: spectrum, count: bins * 8).copyMemory(from: $0)
    }
    unsafe fftwf_execute(inversePlan)
    let scale = 1 / Float(length)
    for i in 0..<length { unsafe output[i] = samples[i] * scale }
  }
}
