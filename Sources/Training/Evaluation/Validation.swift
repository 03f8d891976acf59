package import DrumNet

/// Rendered songs that training never saw: validation performances and songs on validation kits.
package struct Validation {
  private let stream: ExampleStream
  private let windows: Int

  /// `data` is the training's; its kits are narrowed to the validation kits.
  package init(settings: FitSettings, data: StreamSettings) throws {
    var data = data
    data.heldOutKits = settings.validation.kits
    windows = settings.validation.windows
    stream = try ExampleStream(settings: data, seed: settings.validation.seed, role: .validation)
  }

  /// The model with thresholds, offsets and confidences chosen on these songs.
  package func calibrated(_ model: DrumModel) throws -> DrumModel {
    let evaluator = Evaluator(model: model)
    let heard = try (0..<windows).map { index in
      let example = try stream.example(index)
      let recording = AnnotatedRecording(
        name: "validation \(index)", audio: example.audio, onsets: example.onsets,
        beats: example.beats)
      return Calibrator.Heard(
        activations: try evaluator.activations(of: recording), onsets: example.onsets)
    }
    return model.calibrated(Calibrator.calibrate(heard))
  }
}
