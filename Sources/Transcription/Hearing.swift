package import Audio
package import DrumNet
private import Spectral

/// What is heard in a song from its first sample to its last, while it is being read: one thread
/// reads, resamples and makes spectra of it, this one asks the network. Neither holds more than a
/// few windows, however long the song is.
package struct Hearing: Sendable {
  package var activations: Activations
  /// How the song sounds, for its sections.
  package var timbre: Timbre

  /// Windows that wait for the network at most: about half a minute.
  private static let waiting = 4

  /// - Parameter progress: told the share of the song that is done, 0...1.
  /// - Throws: `AudioError` from reading and resampling, `CancellationError` when the task is
  ///   cancelled.
  package init(
    _ audio: any AudioStream, model: DrumModel, progress: ((Double) -> Void)? = nil
  ) throws {
    let mel = model.settings.mel
    let border = model.borderFrames
    let windows = Conveyor<WindowCutter.Cut>(capacity: Self.waiting)
    let reading = SideTask { _ in
      defer { windows.close() }
      return try Self.read(audio, mel: mel, border: border) { windows.put($0) }
    }
    let frames = max(1, Int(audio.duration * mel.framesPerSecond))
    let stitched: [Float]
    do {
      stitched = try Windows.stitch(outputs: OutputLayout.count, next: windows.take) {
        model.activations(windows: $0, frames: $1)
      } progress: {
        progress?(min(1, Double($0) / Double(frames)))
      }
    } catch {
      windows.close()
      reading.finish()
      throw error
    }
    timbre = try reading.wait()
    activations = Activations(
      frames: stitched.count / OutputLayout.count, framesPerSecond: mel.framesPerSecond,
      values: stitched)
  }

  /// Reads a song to its end and hands out its windows as long as `put` wants them.
  private static func read(
    _ audio: any AudioStream, mel: MelSettings, border: Int,
    put: (WindowCutter.Cut) -> Bool
  ) throws(AudioError) -> Timbre {
    let resampler = try StreamResampler(from: audio.sampleRate, to: mel.sampleRate)
    let spectra = MelStream(settings: mel)
    var cutter = WindowCutter(bins: mel.bins, border: border)
    var timbre = Timbre(bins: mel.bins, framesPerSecond: mel.framesPerSecond)
    func take(_ rows: [Float]) -> Bool {
      timbre.append(rows)
      return cutter.append(rows).allSatisfy(put)
    }
    try audio.read { (block) throws(AudioError) in
      take(spectra.append(try resampler.resample(block.downmixed())))
    }
    _ = take(spectra.append(try resampler.finish()))
    _ = take(spectra.finish())
    if let last = cutter.finish() { _ = put(last) }
    return timbre
  }
}
