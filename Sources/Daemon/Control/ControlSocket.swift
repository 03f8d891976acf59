internal import CLinux
internal import Glibc

/// The AF_UNIX socket between a daemon and the people of its group.
enum ControlSocket {
  static func path(_ settings: Settings) -> BytePath { settings.state.appending("control.socket") }

  /// Bytes of the longest line.
  static let longestLine = 1 << 20

  /// A socket that listens at `path`; one that a dead daemon left there is replaced.
  static func listen(at path: BytePath) throws(DaemonError) -> Descriptor {
    let socket = try make(path)
    try Files.remove(path)
    try unsafe call("listen at", path) { unsafe bind(socket.number, $0, $1) }
    // Members of the group may ask and give orders; nobody else may.
    guard unsafe path.withCString({ unsafe chmod($0, 0o660) }) == 0,
      Glibc.listen(socket.number, 16) == 0
    else { throw .last("listen at", path) }
    return socket
  }

  static func connect(to path: BytePath) throws(DaemonError) -> Descriptor {
    let socket = try make(path)
    try unsafe call("reach chartherod at", path) { unsafe Glibc.connect(socket.number, $0, $1) }
    return socket
  }

  private static func make(_ path: BytePath) throws(DaemonError) -> Descriptor {
    guard path.bytes.count < 108 else { throw .system("use the socket", path, code: ENAMETOOLONG) }
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw .last("open a socket for", path) }
    return Descriptor(taking: number)
  }

  private static func call(
    _ operation: String, _ path: BytePath,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(DaemonError) {
    var address = sockaddr_un.at(path)
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      let general = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      return unsafe body(general, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
    guard code == 0 else { throw .last(operation, path) }
  }

  /// Seconds until a silent other side is given up.
  static func limitWaiting(_ socket: borrowing Descriptor, seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &time, size)
    unsafe setsockopt(socket.number, SOL_SOCKET, SO_SNDTIMEO, &time, size)
  }

  /// Reads up to a line break or the end.
  static func line(from socket: borrowing Descriptor, _ path: BytePath) throws(DaemonError)
    -> [UInt8]
  {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while line.count <= longestLine {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe read(socket.number, bytes.baseAddress!, bytes.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last("hear", path) }
      line += buffer.prefix(count)
      if count == 0 || line.last == UInt8(ascii: "\n") { return line }
    }
    throw .system("hear", path, code: EMSGSIZE)
  }
}
