internal import CSndFile

/// What a written `song.ogg` really holds: decoded again, block by block, and compared with the
/// song that went into it.
struct OggCheck {
  private(set) var frames = 0
  /// The largest sample, before any clipping.
  private(set) var peak: Float = 0
  /// What is wrong, `nil` when the file is the song behind its lead-in.
  private(set) var fault: String?

  /// Seconds before and after its place in which a piece is looked for.
  private static let reach = 0.002
  private static let blockFrames = 4_096

  /// - Parameters:
  ///   - pieces: Of the song, at the file's rate.
  ///   - gain: What its samples were multiplied by.
  ///   - silence: Frames of lead-in before it.
  init(
    _ file: MediaFile, pieces: SongPieces, rate: Int, gain: Float, silence: Int
  ) throws(AudioError) {
    let ogg = try SndFile(file, start: 0)
    let channels = Int(ogg.info.channels)
    guard channels == 2, Int(ogg.info.samplerate) == rate else {
      fault = "another format was written than was asked for"
      return
    }
    let reach = Int(Self.reach * Double(rate))
    let wanted = pieces.chosen
    var found = wanted.map { [Float](repeating: 0, count: $0.samples.count + 2 * reach) }
    var block = [Float](repeating: 0, count: 2 * Self.blockFrames)
    while true {
      let count = ogg.read(into: &block, frames: Self.blockFrames)
      guard count > 0 else { break }
      for i in 0..<2 * count { peak = max(peak, abs(block[i])) }
      for (index, piece) in wanted.enumerated() {
        let first = piece.start + silence - reach
        let from = max(first, frames)
        let to = min(first + found[index].count, frames + count)
        for frame in from..<max(from, to) {
          found[index][frame - first] = block[2 * (frame - frames)]
        }
      }
      frames += count
    }
    try ogg.checkReads(file)
    let expected = silence + pieces.frameCount
    guard frames == expected else {
      fault = "\(frames) samples came back of \(expected)"
      return
    }
    let strangers = zip(wanted, found).count { !Self.isInPlace($0.samples, gain: gain, in: $1) }
    if strangers * 2 > wanted.count { fault = "what came back is not the song, or is shifted" }
  }

  /// Whether `piece` fits into the middle of `samples` about as well as anywhere in it, and well.
  /// Differences of neighbours are compared, because the bass alone fits everywhere.
  private static func isInPlace(
    _ piece: [Float], gain: Float, in samples: [Float]
  ) -> Bool {
    let wanted = zip(piece.dropFirst(), piece).map { $0 - $1 }
    let found = zip(samples.dropFirst(), samples).map { $0 - $1 }
    let products = (0...found.count - wanted.count).map { lag in
      var product: Float = 0
      for i in wanted.indices { product += wanted[i] * found[lag + i] }
      return product
    }
    let energy = wanted.reduce(Float(0)) { $0 + $1 * $1 }
    let here = products[products.count / 2]
    // Steady tones fit a period on just as well, and the encoder leaves half of a hiss at worst.
    return here >= (products.max() ?? 0) / 2 && here >= gain * energy / 4
  }
}
