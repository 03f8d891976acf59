package import TensorCore

/// A trained network ready to listen: no tape, probabilities out.
package final class DrumModel {
  package let settings: ModelSettings
  private let network: any Network

  /// What its products are rounded to; `nil` where they are those of training.
  package let precision: Precision?

  /// A network as it is, whose weights may change.
  package convenience init(network: any Network, settings: ModelSettings) {
    self.init(network, settings, nil)
  }

  /// In the precision that is best here (``Precision/best(hasInt8Weights:)``).
  package convenience init(contentsOf path: String) throws(ModelError) {
    let model = try ModelFile.packed(path, nil)
    self.init(model.network, model.settings, model.precision)
  }

  /// - Parameter precision: what products are rounded to, whatever the file holds.
  package convenience init(contentsOf path: String, precision: Precision) throws(ModelError) {
    let model = try ModelFile.packed(path, precision)
    self.init(model.network, model.settings, precision)
  }

  private init(_ network: any Network, _ settings: ModelSettings, _ precision: Precision?) {
    self.network = network
    self.settings = settings
    self.precision = precision
  }

  /// The same weights, read by another calibration.
  package func calibrated(_ calibration: Calibration) -> DrumModel {
    var settings = settings
    settings.calibration = calibration
    return DrumModel(network, settings, precision)
  }

  /// The kernels that it computes on, for people: `bfloat16 kernels by AVX-512 BF16, 2 threads`.
  package var kernels: String {
    guard let precision else { return BLAS.kernelDescription }
    return "\(precision), \(Parallel.threads) thread\(Parallel.threads == 1 ? "" : "s")"
  }

  /// How many numbers were learned.
  package var parameterCount: Int { network.parameters.count }

  package func write(to path: String) throws(ModelError) {
    try ModelFile.write(network, settings: settings, to: path)
  }

  /// Frames at each end of a window that lack context; whoever joins windows discards them.
  package var borderFrames: Int { network.borderFrames }

  /// Features (frames, bins) of one window -> probabilities (frames, outputs).
  package func activations(features: [Float], frames: Int) -> [Float] {
    activations(windows: [features], frames: frames)[0]
  }

  /// The same for windows of one length side by side, which uses several cores better.
  package func activations(windows: [[Float]], frames: Int) -> [[Float]] {
    guard frames > 0, !windows.isEmpty else { return windows.map { _ in [] } }
    let (bins, outputs) = (network.bins, network.outputs)
    // The network takes whole tokens; what is missing at the end is silence.
    let padded =
      (frames + network.frameMultiple - 1) / network.frameMultiple * network.frameMultiple
    // x (windows, padded, bins)
    let x = Tensor([windows.count, padded, bins])
    for (index, window) in windows.enumerated() {
      precondition(window.count == frames * bins, "a window holds frames * bins values")
      x.write(window, at: index * padded * bins)
    }
    let lengths = padded > frames ? windows.map { _ in frames } : nil
    // y (windows, padded, outputs)
    let y = network.logits(x, lengths: lengths).sigmoid().values
    return windows.indices.map { index in
      let start = index * padded * outputs
      return Array(y[start..<start + frames * outputs])
    }
  }
}
