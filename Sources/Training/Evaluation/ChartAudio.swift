internal import Audio
package import DrumNet
internal import Transcription

/// What a model hears in a chart that is played on drum kits: the way from the audio to the figures
/// of ``ChartMeasure``.
package struct ChartAudio {
  private let model: DrumModel
  private let kits: [VirtualKit]

  /// - Parameter kits: folders of drum kits.
  package init(model: DrumModel, kits: [String]) throws {
    self.model = model
    var settings = StreamSettings()
    settings.kits = kits
    settings.heldOutKits = []
    self.kits = try KitLibrary(settings: settings, heldOut: false).kits.map {
      VirtualKit(recorded: $0)
    }
  }

  /// Renders a song on the kit whose turn it is and measures what is made of what is heard.
  package func measure(_ song: ChartSong, index: Int, network: BeatNetwork? = nil) throws
    -> ChartMeasure
  {
    let performance = try RockBandCorpus.performance(path: song.path, name: song.name)
    let audio = SongRenderer.render(
      performance, kit: kits[index % kits.count], seed: UInt64(index)
    ).audio
    let transcriber = Transcriber(model: model)
    let activations = try transcriber.activations(
      of: AudioBuffer(channels: [audio], sampleRate: 44_100))
    let onsets = PeakPicking.onsets(
      in: activations, calibration: model.settings.calibration, minimumConfidence: 0)
    return ChartMeasure(song, activations: activations, onsets: onsets, network: network)
  }
}
