package import DrumNet
package import Spectral
package import Transcription

/// Runs a model over annotated recordings by the very path that converts songs.
package struct Evaluator {
  private let model: Ensemble
  private let mel: LogMel

  package init(_ ensemble: Ensemble) {
    model = ensemble
    mel = LogMel(settings: ensemble.settings.mel)
  }

  package init(model: DrumModel) { self.init(Ensemble(model)) }

  /// Hz; what the recordings' samples are taken for.
  package var sampleRate: Int { model.settings.mel.sampleRate }

  package func spectrogram(of recording: AnnotatedRecording) -> Spectrogram {
    mel.spectrogram(of: recording.audio)
  }

  package func activations(of recording: AnnotatedRecording) throws -> Activations {
    try model.activations(of: spectrogram(of: recording))
  }

  package func score(
    _ recording: AnnotatedRecording, minimumConfidence: Double = 0
  ) throws -> SongScore {
    let activations = try activations(of: recording)
    let onsets = PeakPicking.onsets(
      in: activations, calibration: model.settings.calibration,
      minimumConfidence: minimumConfidence)
    let beats =
      recording.beats.isEmpty
      ? nil
      : BeatMatches(
        estimated: BeatTracking.beats(in: activations, onsets: onsets), annotated: recording.beats)
    return SongScore(
      name: recording.name,
      duration: Double(recording.audio.count) / Double(sampleRate),
      estimated: onsets, annotated: recording.onsets, beats: beats)
  }

  /// Scores one recording after the other.
  package func table(_ set: EvaluationSet, progress: (Int) -> Void) throws -> ScoreTable {
    var songs: [SongScore] = []
    for index in 0..<set.count {
      songs.append(try score(try set.recording(index)))
      progress(index + 1)
    }
    return ScoreTable(title: set.title, songs: songs)
  }
}
