package import DrumNet

/// Beats and bar lines from the network's beat activations and the drum hits.
///
/// Either alone is enough: without hits the activations carry the song, and with a silent beat head
/// the hits do, in which a network of its own hears beats (``BeatNetworkTable``). Before the first
/// and after the last evidence the tempo goes on as it was. A song is tracked twice, the second
/// time with what the first says of it as a whole (``SongPrior``, ``ClickTrack``).
package enum BeatTracking {
  /// Seconds after the last hit to which beats are laid at least.
  private static let tail = 1.0

  /// Beats over the whole of the audio, ascending; empty where there is neither a hit nor a beat
  /// activation to go by.
  ///
  /// - Parameter network: What hears beats in the hits; the one that ships unless said.
  package static func beats(
    in activations: Activations, onsets: [Onset], network: BeatNetwork? = nil
  ) -> [Beat] {
    let rate = RhythmWeights.framesPerSecond
    let duration = Double(activations.frames) / activations.framesPerSecond
    let end = max(duration, onsets.last.map { $0.time + tail } ?? 0)
    let evidence = BeatEvidence(
      activations, onsets: onsets, frames: Int((end * rate).rounded(.up)) + 1, network: network)
    guard !onsets.isEmpty || !evidence.beat.isEmpty else { return [] }
    let events = RhythmEvent.events(from: onsets, rate: rate)
    func path(_ beat: [Float], _ song: SongPrior?) -> [BarLattice.Step] {
      var lattice = BarLattice(
        events: events, frames: evidence.frames, beat: beat, downbeat: evidence.downbeat,
        song: song)
      return lattice.path()
    }
    let first = path(evidence.beat, nil)
    let click =
      MetrePassages.haveHalfBars(in: first)
      ? nil
      : ClickTrack(tracked: BeatRefinement.refined(first, onsets: onsets), onsets: onsets)
    let beat = click?.added(to: evidence.beat, frames: evidence.frames) ?? evidence.beat
    let steps = path(beat, SongPrior(first, hasClick: click != nil))
    let beats = BeatRefinement.refined(steps, onsets: onsets)
    return click?.settled(beats, tracked: steps.map { Double($0.frame) / rate }) ?? beats
  }
}
