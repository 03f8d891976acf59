package import DrumNet
import Spectral
package import Transcription

/// Runs a model over annotated recordings by the very path that converts songs.
package struct Evaluator {
  private let model: DrumModel
  private let mel: LogMel

  package init(model: DrumModel) {
    self.model = model
    mel = LogMel(settings: model.settings.mel)
  }

  /// Hz; what the recordings' samples are taken for.
  package var sampleRate: Int { model.settings.mel.sampleRate }

  package func activations(of recording: AnnotatedRecording) throws -> Activations {
    try Windows.activations(of: mel.spectrogram(of: recording.audio), model: model)
  }

  package func score(
    _ recording: AnnotatedRecording, minimumConfidence: Double = 0
  ) throws -> SongScore {
    let onsets = PeakPicking.onsets(
      in: try activations(of: recording), calibration: model.settings.calibration,
      minimumConfidence: minimumConfidence)
    return SongScore(
      name: recording.name,
      duration: Double(recording.audio.count) / Double(sampleRate),
      estimated: onsets, annotated: recording.onsets)
  }
}
