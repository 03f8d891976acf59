import Glibc
import Testing

/// A socket of a test's own, under a path.
enum UnixSocket {
  /// - Parameter attach: `bind` to hear what is sent there, `connect` to speak to who hears.
  /// - Returns: its descriptor, which the caller closes.
  static func open(
    _ path: String, type: __socket_type,
    attach: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws -> Int32 {
    let number = socket(AF_UNIX, Int32(type.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      for (index, byte) in path.utf8.enumerated() { unsafe room[index] = byte }
    }
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      let general = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      return unsafe attach(number, general, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
    try #require(code == 0)
    return number
  }
}
