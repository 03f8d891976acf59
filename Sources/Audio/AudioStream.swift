/// Audio that can be heard from its beginning as often as is wanted, block by block: a whole song
/// need not fit in memory.
package protocol AudioStream: Sendable {
  /// Frames per second (Hz) of every block.
  var sampleRate: Int { get }
  /// Frames of all blocks together.
  var frameCount: Int { get }

  /// Hands out all blocks in order, of one or two channels, the same number in all of them. Ends
  /// early where `take` returns `false`.
  func read(_ take: (AudioBuffer) throws(AudioError) -> Bool) throws(AudioError)
}

extension AudioStream {
  /// Length in seconds.
  package var duration: Double { Double(frameCount) / Double(sampleRate) }
}

extension AudioBuffer: AudioStream {
  /// The whole buffer is one block.
  package func read(_ take: (AudioBuffer) throws(AudioError) -> Bool) throws(AudioError) {
    if frameCount > 0 { _ = try take(self) }
  }
}
