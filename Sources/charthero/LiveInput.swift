import Audio
import Foundation

/// Where live audio comes from. Both end early when the task is cancelled.
enum LiveInput {
  /// Seconds of a block: what sound cards hand out at a time, about.
  private static let block = 0.01

  /// A song in small blocks, each when it would have been played; at speed 0 at once.
  static func play(
    _ song: SongSurvey, speed: Double, to take: (AudioBuffer) throws(AudioError) -> Void
  ) throws(AudioError) {
    let clock = ContinuousClock()
    let start = clock.now
    let size = max(1, Int(Double(song.sampleRate) * block))
    var played = 0
    try song.read { (part) throws(AudioError) in
      for first in stride(from: 0, to: part.frameCount, by: size) {
        guard !Task.isCancelled else { return false }
        let end = min(part.frameCount, first + size)
        played += end - first
        if speed > 0 {
          let seconds = Double(played) / Double(song.sampleRate) / speed
          let early = start + .seconds(seconds) - clock.now
          if early > .zero { Thread.sleep(forTimeInterval: early / .seconds(1)) }
        }
        try take(
          AudioBuffer(
            channels: part.channels.map { Array($0[first..<end]) }, sampleRate: song.sampleRate))
      }
      return true
    }
  }

  /// Raw samples from standard input, as they come.
  static func readStandardInput(
    _ samples: RawPCM, to take: (AudioBuffer) throws(AudioError) -> Void
  ) throws(AudioError) {
    var samples = samples
    // A fiftieth of a second: what waits in the pipe comes at once, but not as one.
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while !Task.isCancelled {
      // A read would not end on Ctrl-C; waiting in short pieces does.
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&input, 1, 100) != 0 else { continue }
      let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw AudioError(name: "standard input", stage: .open, reason: SystemError.text())
      }
      if count == 0 { return }
      let block = samples.append(bytes[..<count])
      if block.frameCount > 0 { try take(block) }
    }
  }
}
