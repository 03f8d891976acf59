internal import Glibc

extension Tensor {
  /// How badly windows that belong together are told from others (InfoNCE, van den Oord et al. 2018;
  /// in pairs, Chen et al. 2020): windows 2i and 2i + 1 are a pair. The mean over `group` frames is
  /// one voice; each is to resemble, by cosine over `temperature`, its counterpart in the pair's other
  /// window more than all voices of other pairs. x (windows, frames, columns) -> a tensor of one
  /// value, the mean cross-entropy. What is left over of the frames is not heard.
  package func contrast(group: Int, temperature: Float, _ tape: Tape?) -> Tensor {
    precondition(shape.count == 3 && shape[0] % 2 == 0 && group >= 1 && shape[1] >= group)
    let (x, voices) = (self, Voices(self, group: group))
    let loss = Tensor(uninitialized: [1], needsGradient: tape.tracks(x))
    // slopes (voices, columns): of the loss by each voice's direction
    var slopes = [Float](repeating: 0, count: voices.directions.count)
    var sum = 0.0
    for voice in 0..<voices.count {
      sum += voices.judge(voice, temperature: temperature, slopes: &slopes)
    }
    loss.fill(Float(sum / Double(voices.count)))
    tape?.record("contrast", loss) { dloss in
      let factor = dloss.item / (Float(voices.count) * temperature * Float(group))
      x.accumulate(voices.spread(slopes, times: factor, as: x.shape))
    }
    return loss
  }
}

/// The directions of the means of so many frames.
private struct Voices {
  let columns: Int
  let group: Int
  /// Voices in each window, and in all.
  let each: Int
  let count: Int
  /// (voices, columns), each of length 1.
  private(set) var directions: [Float]
  private var lengths: [Float] = []

  init(_ x: Tensor, group: Int) {
    (columns, self.group, each) = (x.shape[2], group, x.shape[1] / group)
    count = x.shape[0] * each
    directions = [Float](repeating: 0, count: count * columns)
    let values = x.values
    for voice in 0..<count {
      let start = (voice / each * x.shape[1] + voice % each * group) * columns
      for i in 0..<group * columns {
        directions[voice * columns + i % columns] += values[start + i] / Float(group)
      }
      var squares: Float = 0
      for column in 0..<columns {
        squares += directions[voice * columns + column] * directions[voice * columns + column]
      }
      // A voice that says nothing has no direction.
      let length = max(squares.squareRoot(), 1e-6)
      for column in 0..<columns { directions[voice * columns + column] /= length }
      lengths.append(length)
    }
  }

  /// The cross-entropy of one voice; adds what it says of every direction to the slopes.
  func judge(_ voice: Int, temperature: Float, slopes: inout [Float]) -> Double {
    let window = voice / each
    let partner = (window ^ 1) * each + voice % each
    let rivals = (0..<count).filter { $0 / each / 2 != window / 2 } + [partner]
    let scores = rivals.map { dot(voice, $0) / temperature }
    let top = scores.max() ?? 0
    let weights = scores.map { exp($0 - top) }
    let total = weights.reduce(0, +)
    for (rival, weight) in zip(rivals, weights) {
      let slope = weight / total - (rival == partner ? 1 : 0)
      for column in 0..<columns {
        slopes[voice * columns + column] += slope * directions[rival * columns + column]
        slopes[rival * columns + column] += slope * directions[voice * columns + column]
      }
    }
    return Double(log(total) + top - dot(voice, partner) / temperature)
  }

  private func dot(_ a: Int, _ b: Int) -> Float {
    var sum: Float = 0
    for column in 0..<columns {
      sum += directions[a * columns + column] * directions[b * columns + column]
    }
    return sum
  }

  /// From the directions back to the frames: only what turns a voice counts, and each of its frames
  /// has the same part in it.
  func spread(_ slopes: [Float], times factor: Float, as shape: [Int]) -> Tensor {
    var dx = [Float](repeating: 0, count: shape.reduce(1, *))
    for voice in 0..<count {
      let range = voice * columns..<(voice + 1) * columns
      let along = range.reduce(Float(0)) { $0 + slopes[$1] * directions[$1] }
      let start = (voice / each * shape[1] + voice % each * group) * columns
      for i in 0..<group * columns {
        let at = range.lowerBound + i % columns
        dx[start + i] = (slopes[at] - along * directions[at]) * factor / lengths[voice]
      }
    }
    return Tensor(dx, shape)
  }
}
