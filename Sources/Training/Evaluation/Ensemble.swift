package import DrumNet
package import Spectral
package import Transcription

/// Models that listen together: their activations are averaged, and so are their thresholds and
/// offsets. One model is the ensemble of itself.
package struct Ensemble {
  private let models: [DrumModel]
  /// Of all together.
  package let settings: ModelSettings
  /// What they compute on, for people.
  package var kernels: String { models[0].kernels }

  package init(_ model: DrumModel) {
    models = [model]
    settings = model.settings
  }

  /// The models at these paths, of which there is at least one. Throws `ModelError` where one cannot
  /// be read and ``TrainingError`` where they do not hear the same features.
  package init(_ paths: [String]) throws {
    models = try paths.map(DrumModel.init(contentsOf:))
    var settings = models[0].settings
    for (path, model) in zip(paths, models).dropFirst() {
      guard model.settings.mel == settings.mel else {
        throw TrainingError(
          path: path, stage: "joining the ensemble",
          reason: "it hears other features than \(paths[0])")
      }
      settings.name += " + " + model.settings.name
    }
    settings.calibration = Self.average(models.map(\.settings.calibration))
    self.settings = settings
  }

  private static func average(_ all: [Calibration]) -> Calibration {
    func mean(_ drum: DrumClass, _ value: KeyPath<Calibration.Class, Double>) -> Double {
      all.map { $0[drum][keyPath: value] }.reduce(0, +) / Double(all.count)
    }
    var result = all[0]
    guard all.count > 1 else { return result }
    for drum in DrumClass.allCases {
      result[drum] = Calibration.Class(
        threshold: mean(drum, \.threshold), offset: mean(drum, \.offset),
        slope: mean(drum, \.slope), bias: mean(drum, \.bias))
    }
    result.company = all.map(\.company).max() ?? 0
    result.sure = all.compactMap(\.sure).min()
    return result
  }

  /// How many numbers were learned by all together.
  package var parameterCount: Int { models.map(\.parameterCount).reduce(0, +) }

  /// Features (frames, bins) of windows side by side -> mean probabilities (frames, outputs).
  func activations(windows: [[Float]], frames: Int) -> [[Float]] {
    var sums = models[0].activations(windows: windows, frames: frames)
    guard models.count > 1 else { return sums }
    for model in models.dropFirst() {
      for (window, answer) in model.activations(windows: windows, frames: frames).enumerated() {
        for i in answer.indices { sums[window][i] += answer[i] }
      }
    }
    let share = 1 / Float(models.count)
    return sums.map { $0.map { $0 * share } }
  }

  /// What all together hear in a whole song. Throws as ``Windows`` does.
  package func activations(of spectrogram: Spectrogram) throws -> Activations {
    try Windows.activations(
      of: spectrogram, outputs: OutputLayout.count,
      border: models.map(\.borderFrames).max() ?? 0
    ) { activations(windows: $0, frames: $1) }
  }
}
