/// Decoded audio: planar samples, nominally -1...1.
package struct AudioBuffer: Sendable {
  /// One array per channel, all of the same length.
  package var channels: [[Float]]
  /// Frames per second (Hz).
  package var sampleRate: Int

  package init(channels: [[Float]], sampleRate: Int) {
    precondition(!channels.isEmpty && channels.allSatisfy { $0.count == channels[0].count })
    self.channels = channels
    self.sampleRate = sampleRate
  }

  package var frameCount: Int { channels[0].count }
  /// Length in seconds.
  package var duration: Double { Double(frameCount) / Double(sampleRate) }
}
