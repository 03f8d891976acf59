internal import CRubberBand
internal import Glibc

/// Plays a sound faster or slower, and higher or lower, each on its own, through the Rubber Band
/// library.
enum TimeStretch {
  /// Samples that are handed over at once.
  private static let block = 4_096

  /// - Parameters:
  ///   - samples: mono, 44.1 kHz.
  ///   - length: samples of the result; the tempo follows from it.
  ///   - semitones: how much higher.
  /// - Returns: as many samples as asked for; what happened at a time of the one happens at the same
  ///   share of the other, to 5 ms, and mostly to 1 ms.
  static func apply(to samples: [Float], length: Int, semitones: Double) -> [Float] {
    guard !samples.isEmpty, length > 0 else { return [Float](repeating: 0, count: max(0, length)) }
    // The finer engine: with the faster one strokes come up to 12 ms early.
    let options =
      RubberBandOptionProcessOffline.rawValue | RubberBandOptionEngineFiner.rawValue
      | RubberBandOptionThreadingNever.rawValue
    let ratio = Double(length) / Double(samples.count)
    let state = unsafe rubberband_new(
      UInt32(SampleFile.sampleRate), 1, Int32(bitPattern: options), ratio, exp2(semitones / 12))
    defer { unsafe rubberband_delete(state) }
    unsafe rubberband_set_expected_input_duration(state, UInt32(samples.count))
    unsafe rubberband_set_max_process_size(state, UInt32(block))
    var output: [Float] = []
    output.reserveCapacity(length + block)
    unsafe samples.withUnsafeBufferPointer { samples in
      unsafe forEachBlock(of: samples) { unsafe rubberband_study(state, $0, $1, $2) }
      unsafe forEachBlock(of: samples) { block, count, isLast in
        unsafe rubberband_process(state, block, count, isLast)
        unsafe retrieve(from: state, into: &output)
      }
    }
    // It may end a few samples early or late.
    output.removeLast(max(0, output.count - length))
    return output + [Float](repeating: 0, count: length - output.count)
  }

  /// Calls `body` with one channel's block after the other, its length, and whether it is the last.
  private static func forEachBlock(
    of samples: UnsafeBufferPointer<Float>,
    _ body: (UnsafePointer<UnsafePointer<Float>?>, UInt32, Int32) -> Void
  ) {
    for start in stride(from: 0, to: samples.count, by: block) {
      let count = min(block, samples.count - start)
      let isLast: Int32 = start + count == samples.count ? 1 : 0
      var channel = unsafe samples.baseAddress.map { unsafe $0 + start }
      unsafe withUnsafePointer(to: &channel) { unsafe body($0, UInt32(count), isLast) }
    }
  }

  private static func retrieve(from state: RubberBandState?, into output: inout [Float]) {
    while true {
      let available = unsafe rubberband_available(state)
      guard available > 0 else { return }
      let part = unsafe [Float](unsafeUninitializedCapacity: Int(available)) { memory, count in
        var channel = memory.baseAddress
        count = unsafe withUnsafePointer(to: &channel) {
          unsafe Int(rubberband_retrieve(state, $0, UInt32(available)))
        }
      }
      output += part
      guard !part.isEmpty else { return }
    }
  }
}
