package import Audio
package import ChartFormat
package import DrumNet

/// Everything that was heard in a song, stage by stage.
package struct Transcription: Sendable {
  /// Seconds of the audio, without lead-in.
  package var duration: Double
  package var activations: Activations
  /// Kept hits, in seconds of the audio, ascending.
  package var onsets: [Onset]
  /// Hits per class above the model's threshold, and how many of these were not confident enough.
  package var heard: [DrumClass: Int]
  package var dropped: [DrumClass: Int]
  package var beats: [Beat]
  /// Second 0 is the first sample of the audio with the lead-in before it.
  package var tempoMap: TempoMap
  /// Seconds of silence to put before the audio.
  package var leadIn: Double
  /// Seconds between each beat and its grid line, in the order of the beats.
  package var beatResiduals: [Double]
  /// The hits on the grid of `tempoMap`; their times include the lead-in.
  package var gridOnsets: [GridOnset]
  package var chart: Chart
}

/// The forward pass: a song's samples to its chart. Each line is one stage, each stage a pure
/// function of the one before.
package struct Transcriber {
  private let model: DrumModel
  /// Hits below this calibrated probability are left out, 0...1.
  private let minimumConfidence: Double

  package init(model: DrumModel, minimumConfidence: Double = 0) {
    self.model = model
    self.minimumConfidence = minimumConfidence
  }

  /// What the network hears, `(frames, OutputLayout.count)`.
  ///
  /// - Parameter progress: told the share of the song that is done, 0...1.
  /// - Throws: as ``Hearing``.
  package func activations(
    of audio: any AudioStream, progress: ((Double) -> Void)? = nil
  ) throws -> Activations {
    try Hearing(audio, model: model, progress: progress).activations
  }

  /// The whole way from audio to chart.
  ///
  /// - Parameter metadata: title, artist and so on; the chart fills in the rest.
  /// - Throws: as ``Hearing``.
  package func transcribe(
    _ audio: any AudioStream, metadata: SongMetadata, progress: ((Double) -> Void)? = nil
  ) throws -> Transcription {
    let heard = try Hearing(audio, model: model, progress: progress)
    return Self.transcription(
      of: heard.activations, timbre: heard.timbre, duration: audio.duration,
      calibration: model.settings.calibration, minimumConfidence: minimumConfidence,
      metadata: metadata)
  }

  /// The way from saved activations: what follows the network.
  ///
  /// - Parameter timbre: how the song sounds, for its sections; `nil` where only activations are
  ///   left.
  package static func transcription(
    of activations: Activations, timbre: Timbre? = nil, duration: Double, calibration: Calibration,
    minimumConfidence: Double, metadata: SongMetadata
  ) -> Transcription {
    let picked = PeakPicking.pick(
      activations, calibration: calibration, minimumConfidence: minimumConfidence)
    let beats = BeatTracking.beats(in: activations, onsets: picked.onsets)
    let tempo = TempoFit.fit(beats: beats, firstOnset: picked.onsets.first?.time)
    let shifted = picked.onsets.map { $0.delayed(by: tempo.leadIn) }
    let gridOnsets = Quantizer.quantize(shifted, on: tempo.tempoMap)
    let chart = Charting.chart(
      onsets: gridOnsets, tempoMap: tempo.tempoMap, metadata: metadata,
      audioDuration: duration + tempo.leadIn, timbre: timbre, leadIn: tempo.leadIn)
    return Transcription(
      duration: duration, activations: activations, onsets: picked.onsets, heard: picked.heard,
      dropped: picked.dropped, beats: beats, tempoMap: tempo.tempoMap, leadIn: tempo.leadIn,
      beatResiduals: tempo.residuals, gridOnsets: gridOnsets, chart: chart)
  }
}
