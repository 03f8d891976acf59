internal import Glibc

/// Reads a worker's output and error at once, line by line, until both end or the time is over.
struct WorkerLines {
  /// The worker's last words on its standard error, for the case that it dies.
  private(set) var complaints: [UInt8] = []
  private(set) var isLate = false

  private static let keptComplaints = 2048
  /// A line longer than this is nonsense: the full report of a long song has some 10 kB.
  private static let longestLine = 1 << 16

  /// - Parameters:
  ///   - deadline: monotonic time, s.
  ///   - handle: called for each line of output.
  mutating func read(
    from process: borrowing WorkerProcess, until deadline: Double, handle: ([UInt8]) -> Void
  ) {
    var polls = [
      pollfd(fd: process.output.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: process.complaints.number, events: Int16(POLLIN), revents: 0),
    ]
    var line: [UInt8] = []
    while polls.contains(where: { $0.fd >= 0 }) {
      let left = deadline - MonotonicClock.now
      guard left > 0 else {
        isLate = true
        return
      }
      let ready = unsafe poll(&polls, 2, Int32(min(left * 1000 + 1, 60_000)))
      if ready < 0 && errno != EINTR { return }
      guard ready > 0 else { continue }
      for index in polls.indices where polls[index].revents != 0 {
        guard let bytes = Self.available(polls[index].fd) else {
          polls[index].fd = -1
          continue
        }
        if index == 0 {
          line += bytes
          while let end = line.firstIndex(of: UInt8(ascii: "\n")) {
            handle(Array(line[..<end]))
            line.removeSubrange(...end)
          }
          if line.count > Self.longestLine { line = [] }
        } else {
          complaints = (complaints + bytes).suffix(Self.keptComplaints)
        }
      }
    }
  }

  /// What can be read now; nil at the end.
  private static func available(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe Glibc.read(descriptor, bytes.baseAddress!, bytes.count)
    }
    if count < 0 && errno == EINTR { return [] }
    return count > 0 ? Array(buffer[..<count]) : nil
  }
}
