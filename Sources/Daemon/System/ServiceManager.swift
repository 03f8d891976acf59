// In optimised builds the sockets' constants are found through CLinux, whose header names them too.
internal import CLinux
internal import Glibc

/// What systemd is told (sd_notify): readiness, status, that we still turn, that we stop. Silent
/// where nobody asked.
package struct ServiceManager: Sendable {
  private let address: [UInt8]?
  /// Seconds within which systemd wants a sign of life; nil where it wants none.
  package let watchdog: Double?

  /// - Parameter environment: of the process: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
  package init(environment: [String: String]) {
    address = environment["NOTIFY_SOCKET"].map { Array($0.utf8) }
    let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
    watchdog =
      isForUs
      ? environment["WATCHDOG_USEC"].flatMap(Double.init).map { $0 / 1e6 }.flatMap {
        $0 > 0 ? $0 : nil
      } : nil
  }

  package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
  package func status(_ status: String) { send("STATUS=\(status)") }
  package func alive() { send("WATCHDOG=1") }
  package func stopping() { send("STOPPING=1\nSTATUS=stopping") }

  /// More time for a long start or stop, s.
  package func extendTimeout(by seconds: Double) {
    send("EXTEND_TIMEOUT_USEC=\(Int(seconds * 1e6))")
  }

  /// systemd before 253 does not know notify-reload; it takes this all the same.
  package func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(Int(MonotonicClock.now * 1e6))")
  }

  private func send(_ text: String) {
    guard let address, !address.isEmpty else { return }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    var name = sockaddr_un.at(BytePath(address))
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    if address.first == UInt8(ascii: "@") {
      // An abstract name begins with NUL and is exactly as long as told.
      name.sun_path.0 = 0
      length = socklen_t(MemoryLayout<sa_family_t>.size + min(address.count, 108))
    }
    let bytes = Array(text.utf8)
    _ = unsafe withUnsafePointer(to: &name) { pointer in
      let name = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      return unsafe bytes.withUnsafeBytes { buffer in
        unsafe sendto(
          socket, buffer.baseAddress!, buffer.count, Int32(MSG_NOSIGNAL), name, length)
      }
    }
  }
}
