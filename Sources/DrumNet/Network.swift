package import TensorCore

/// A network that hears drums. Training and inference run the same `forward`.
package protocol Network: AnyObject {
  /// Everything that is learned, by name.
  var parameters: Parameters { get }
  /// Mel bins in.
  var bins: Int { get }
  /// Columns out.
  var outputs: Int { get }
  /// The number of frames of a window is a multiple of this.
  var frameMultiple: Int { get }
  /// Frames at each end of a window whose convolutions reach beyond it.
  var borderFrames: Int { get }

  /// x (batch, frames, bins) log-mel -> logits (batch, frames, outputs). A `nil` tape is inference.
  /// `lengths` are the frames of each window that are not padding: attention sees no others.
  func forward(_ x: Tensor, lengths: [Int]?, tape: Tape?) -> Tensor

  /// What the network hears, (batch, frames, outputs): where it does not answer by frames, drawn as
  /// if it did.
  func logits(_ x: Tensor, lengths: [Int]?) -> Tensor

  /// Makes the features of each bin about zero on average and one in deviation. Called once before
  /// training with figures of the training data; the scales are learned on from there.
  func setInputStatistics(mean: [Float], deviation: [Float])
}

extension Network {
  /// The same for windows without padding.
  package func forward(_ x: Tensor, tape: Tape?) -> Tensor { forward(x, lengths: nil, tape: tape) }

  package func logits(_ x: Tensor, lengths: [Int]?) -> Tensor {
    forward(x, lengths: lengths, tape: nil)
  }
}

extension NetworkSettings {
  /// A network with random weights; the same seed gives the same weights.
  package func makeNetwork(bins: Int, outputs: Int = OutputLayout.count, seed: UInt64)
    -> any Network
  {
    makeNetwork(bins: bins, outputs: outputs, parameters: Parameters(random: Random(seed: seed)))
  }

  /// A network whose weights come from `parameters`.
  func makeNetwork(bins: Int, outputs: Int, parameters: Parameters) -> any Network {
    switch self {
    case .hybrid(let settings):
      HybridNetwork(settings, bins: bins, outputs: outputs, parameters: parameters)
    case .ast(let settings):
      ASTNetwork(settings, bins: bins, outputs: outputs, parameters: parameters)
    case .cnn(let settings):
      CNNNetwork(settings, bins: bins, outputs: outputs, parameters: parameters)
    case .seq2seq(let settings):
      Seq2SeqNetwork(settings, bins: bins, outputs: outputs, parameters: parameters)
    }
  }
}
