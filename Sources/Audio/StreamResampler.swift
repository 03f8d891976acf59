internal import CSoxr

/// Sample rate conversion through libsoxr at its "high quality" (20 bits, linear phase), without
/// any shift in time, of one channel whose samples come in blocks.
@safe package final class StreamResampler {
  private let handle: soxr_t?
  private let from: Int
  private let to: Int
  private var taken = 0
  private var given = 0

  /// Rates in Hz. Equal ones let everything through as it is.
  package init(from: Int, to: Int) throws(AudioError) {
    precondition(from > 0 && to > 0)
    self.from = from
    self.to = to
    guard from != to else {
      unsafe handle = nil
      return
    }
    var quality = unsafe soxr_quality_spec(UInt(SOXR_20_BITQ), 0)
    var failure: soxr_error_t?
    unsafe handle = soxr_create(
      Double(from), Double(to), 1, &failure, nil, &quality, nil)
    try Self.check(failure)
  }

  deinit { unsafe soxr_delete(handle) }

  /// The samples that the next ones make certain; any number of them.
  package func resample(_ samples: [Float]) throws(AudioError) -> [Float] {
    guard from != to, !samples.isEmpty else { return samples }
    taken += samples.count
    var output: [Float] = []
    var offset = 0
    while offset < samples.count {
      let rest = samples.count - offset
      // Room for what these make and for what the filter has kept back.
      let room = rest * to / from + Self.slack
      var used = 0
      output += unsafe try block(room) { buffer, filled in
        unsafe samples.withUnsafeBufferPointer {
          unsafe soxr_process(
            handle, $0.baseAddress! + offset, rest, &used, buffer, room, &filled)
        }
      }
      offset += used
    }
    given += output.count
    return output
  }

  /// What is left at the end: all blocks together have `round(count * to / from)` samples. Nothing
  /// may follow.
  package func finish() throws(AudioError) -> [Float] {
    guard from != to, taken > 0 else { return [] }
    let wanted = Int((Double(taken) * Double(to) / Double(from)).rounded()) - given
    guard wanted > 0 else { return [] }
    let tail = unsafe try block(wanted) { buffer, filled in
      unsafe soxr_process(handle, nil, 0, nil, buffer, wanted, &filled)
    }
    // The last samples are the filter's tail; where the library rounds down they are silence.
    return tail + [Float](repeating: 0, count: wanted - tail.count)
  }

  /// Samples beyond what a block itself makes.
  private static let slack = 64

  private func block(
    _ room: Int, _ fill: (UnsafeMutablePointer<Float>, inout Int) -> soxr_error_t?
  ) throws(AudioError) -> [Float] {
    var failure: soxr_error_t?
    let block = unsafe [Float](unsafeUninitializedCapacity: room) { buffer, filled in
      unsafe failure = unsafe fill(buffer.baseAddress!, &filled)
    }
    try Self.check(failure)
    return block
  }

  @safe private static func check(_ failure: soxr_error_t?) throws(AudioError) {
    guard let failure = unsafe failure else { return }
    throw AudioError(name: "audio", stage: .resample, reason: unsafe String(cString: failure))
  }
}
