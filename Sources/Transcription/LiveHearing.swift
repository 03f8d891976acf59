package import Audio
package import DrumNet
private import Spectral

/// Hears drums while they are played: each hit is told a bounded time after its sound has come.
///
/// Every `step` frames the network reads the window that ends now. Its answers are taken for what
/// lies far enough back to be heard with some of what follows, and stay as they are; hits are picked
/// from them once nothing that comes can thin them out any more. What a song's end tells about its
/// beginning is lost: see decision 0036 for what that costs.
///
/// Not `Sendable`: one thread hears.
package final class LiveHearing {
  private let model: DrumModel
  private let delay: LiveDelay
  private let minimumConfidence: Double
  private let resampler: StreamResampler
  private let spectra: MelStream
  private var company: LiveCompany

  /// Frames that have come in, the last of them as the network reads them, and those after them
  /// that do not make a step yet, `(frames, bins)`.
  private var frames = 0
  private var features: [Float] = []
  private var waiting: [Float] = []
  /// The network's answers from frame `firstAnswer` on, and the frame up to which hits were told.
  private var answers: [Float] = []
  private var firstAnswer = 0
  private var told = 0

  /// - Parameters:
  ///   - sampleRate: Of the audio, in Hz.
  ///   - delay: Seconds between the sound of a hit and the last sample that is waited for, at most.
  ///     Below ``LiveDelay/least(_:)`` that is what is taken.
  package init(
    model: DrumModel, sampleRate: Int, delay: Double, minimumConfidence: Double = 0
  ) throws(AudioError) {
    let mel = model.settings.mel
    self.model = model
    self.minimumConfidence = minimumConfidence
    self.delay = LiveDelay(seconds: delay, mel: mel)
    resampler = try StreamResampler(from: sampleRate, to: mel.sampleRate)
    spectra = MelStream(settings: mel)
    company = LiveCompany(needed: model.settings.calibration.company)
  }

  /// Takes the next audio, of any length; gives the hits that have become certain, ascending in
  /// time from the first sample of all.
  package func append(_ block: AudioBuffer) throws(AudioError) -> [Onset] {
    take(spectra.append(try resampler.resample(block.downmixed())))
  }

  /// The hits at the end. Nothing may follow.
  package func finish() throws(AudioError) -> [Onset] {
    var onsets = take(spectra.append(try resampler.finish()))
    onsets += take(spectra.finish())
    features += waiting
    frames += waiting.count / model.settings.mel.bins
    trim()
    return onsets + listen(isEnd: true)
  }

  private func take(_ rows: [Float]) -> [Onset] {
    waiting += rows
    let size = delay.step * model.settings.mel.bins
    var onsets: [Onset] = []
    var offset = 0
    while waiting.count - offset >= size {
      features += waiting[offset..<offset + size]
      offset += size
      frames += delay.step
      trim()
      onsets += listen(isEnd: false)
    }
    waiting.removeFirst(offset)
    return onsets
  }

  private func trim() {
    features.removeFirst(max(0, features.count - LiveDelay.window * model.settings.mel.bins))
  }

  private func listen(isEnd: Bool) -> [Onset] {
    let count = features.count / model.settings.mel.bins
    guard count > 0 else { return [] }
    let decided = firstAnswer + answers.count / OutputLayout.count
    let end = isEnd ? frames : frames - delay.lookahead
    if end > decided {
      let heard = model.activations(features: features, frames: count)
      let first = frames - count
      answers += heard[(decided - first) * OutputLayout.count..<(end - first) * OutputLayout.count]
    }
    return tell(until: isEnd ? end : end - LiveDelay.settling)
  }

  /// The hits whose peaks lie before a frame and have not been told.
  private func tell(until end: Int) -> [Onset] {
    guard end > told else { return [] }
    defer { told = end }
    let rate = model.settings.mel.framesPerSecond
    let forgotten = max(0, told - LiveDelay.settling - firstAnswer)
    answers.removeFirst(forgotten * OutputLayout.count)
    firstAnswer += forgotten
    let recent = Activations(
      frames: answers.count / OutputLayout.count, framesPerSecond: rate, values: answers)
    let start = Double(firstAnswer) / rate
    let onsets = PeakPicking.candidates(in: recent, calibration: model.settings.calibration)
      .filter { (told..<end).contains(firstAnswer + $0.frame) }
      .map { $0.onset.delayed(by: start) }
    return company.present(onsets).filter { $0.confidence >= minimumConfidence }
  }
}
