/// Cuts windows from frames as they come: those of ``Windows/cut(frames:length:border:)``, though
/// nobody knows yet how many frames there will be.
struct WindowCutter {
  private let bins: Int
  private let length: Int
  private let border: Int
  /// The last frames, from number `origin` on: as many as a window may still want.
  private var values: [Float] = []
  private var origin = 0
  private var covered = 0

  /// - Parameters:
  ///   - bins: Values of a frame.
  ///   - length: Frames of a window.
  init(bins: Int, length: Int = Windows.frames, border: Int) {
    precondition(length > 2 * border && border >= 0)
    self.bins = bins
    self.length = length
    self.border = border
  }

  /// A window with what the network is to read, `(frames, bins)`.
  struct Cut: Sendable {
    var window: Windows.Window
    var features: [Float]
  }

  /// Frames that came so far.
  private var frames: Int { origin + values.count / bins }

  /// Takes frames, `(frames, bins)`, any number; gives the windows that are certain.
  mutating func append(_ rows: [Float]) -> [Cut] {
    values += rows
    var cuts: [Cut] = []
    // A window that ends with the song is kept to its end: one frame more tells that this is none.
    while max(0, covered - border) + length < frames {
      let start = max(0, covered - border)
      cuts.append(cut(start..<start + length, until: start + length - border))
    }
    let needed = max(0, frames - length)
    if needed > origin {
      values.removeFirst((needed - origin) * bins)
      origin = needed
    }
    return cuts
  }

  /// The window at the song's end, which reaches back instead of being short; a short one where
  /// the song is shorter than one window, none where it is nothing.
  mutating func finish() -> Cut? {
    guard covered < frames else { return nil }
    return cut(max(0, frames - length)..<frames, until: frames)
  }

  private mutating func cut(_ input: Range<Int>, until end: Int) -> Cut {
    defer { covered = end }
    return Cut(
      window: Windows.Window(input: input, kept: covered..<end),
      features: Array(
        values[(input.lowerBound - origin) * bins..<(input.upperBound - origin) * bins]))
  }
}
