package import DrumNet
import TensorCore

/// The mean of the weights of several checkpoints of one run, or of runs that began with the same
/// weights: as good as an ensemble of them at the cost of one (Izmailov et al. 2018).
package enum WeightAverage {
  /// Averages models or training checkpoints (of which it takes the averaged weights). Settings and
  /// calibration are the first one's: thresholds are to be chosen anew.
  ///
  /// Throws `ModelError` where a file cannot be read or is of another architecture, and
  /// ``TrainingError`` where there are fewer than two.
  package static func of(_ paths: [String]) throws -> DrumModel {
    guard let first = paths.first, paths.count > 1 else {
      throw TrainingError(
        stage: "averaging weights", reason: "at least two models are needed")
    }
    let settings = try ModelFile.settings(at: first)
    let sum = try ModelFile.weights(first, for: settings.network, mel: settings.mel)
    for path in paths.dropFirst() {
      let next = try ModelFile.weights(path, for: settings.network, mel: settings.mel)
      for (total, part) in zip(sum.parameters.all, next.parameters.all) {
        total.tensor.write(zip(total.tensor.values, part.tensor.values).map { $0 + $1 })
      }
    }
    let share = 1 / Float(paths.count)
    for parameter in sum.parameters.all {
      parameter.tensor.write(parameter.tensor.values.map { $0 * share })
    }
    return DrumModel(network: sum, settings: settings)
  }
}
