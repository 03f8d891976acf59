/// Short pieces of a song's first channel by which it is known again, gathered while it goes by.
struct SongPieces {
  /// Of the whole song.
  let frameCount: Int
  private var pieces: [Piece] = []
  private var position = 0

  struct Piece {
    /// Its first frame.
    var start: Int
    var samples: [Float] = []
  }

  /// Samples of each piece.
  private static let length = 4_096
  /// The song is cut into so many parts, each of which has so many candidates.
  private static let parts = 3
  private static let candidates = 8

  init(frameCount: Int) {
    self.frameCount = frameCount
    for part in 0..<Self.parts {
      let first = part * frameCount / Self.parts
      let room = (part + 1) * frameCount / Self.parts - Self.length - first
      guard room > 0 else { continue }
      pieces += (0..<Self.candidates).map { Piece(start: first + room * $0 / Self.candidates) }
    }
  }

  /// Takes the next samples.
  mutating func append(_ samples: [Float]) {
    let end = position + samples.count
    for index in pieces.indices {
      let start = pieces[index].start
      let (from, to) = (max(start, position), min(start + Self.length, end))
      guard from < to else { continue }
      pieces[index].samples += samples[from - position..<to - position]
    }
    position = end
  }

  /// The loudest piece of each part; fewer in a short or silent song.
  var chosen: [Piece] {
    stride(from: 0, to: pieces.count, by: Self.candidates).compactMap { first in
      let part = pieces[first..<first + Self.candidates]
      let energies = part.map { $0.samples.reduce(Float(0)) { $0 + $1 * $1 } }
      let best = energies.indices.max { energies[$0] < energies[$1] } ?? 0
      // Below -60 dB there is nothing to be sure of.
      return energies[best] > Float(Self.length) * 1e-6 ? part[first + best] : nil
    }
  }
}
