internal import CLinux
internal import Glibc

/// journald's native protocol: one datagram per entry, or a sealed memory file where the entry does
/// not fit into one. https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
package final class JournalSocket: Sendable {
  package static let systemPath = "/run/systemd/journal/socket"

  private let socket: Int32
  private let path: [UInt8]

  /// - Parameter path: of journald's socket. Nothing is sent yet.
  package init(path: String = systemPath) throws(DaemonError) {
    self.path = Array(path.utf8)
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw .last("open a socket to", BytePath(path)) }
    // Room for long entries before the memory file is needed.
    var size = Int32(8 << 20)
    unsafe setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(socket) }

  /// One field of an entry. Names have capital letters, digits and underscores and do not begin with
  /// an underscore: journald drops others without a word.
  package struct Field: Hashable, Sendable {
    package var name: String
    package var value: [UInt8]

    package init(_ name: String, _ value: some Sequence<UInt8>) {
      self.name = name
      self.value = Array(value)
    }
  }

  /// The bytes of an entry. A value with a line break or without UTF-8 takes the binary form.
  package static func entry(_ fields: [Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      bytes += field.name.utf8
      if field.value.contains(10) || String(validating: field.value, as: UTF8.self) == nil {
        bytes.append(10)
        let count = UInt64(field.value.count)
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
      } else {
        bytes.append(UInt8(ascii: "="))
      }
      bytes += field.value
      bytes.append(10)
    }
    return bytes
  }

  /// Sends an entry.
  package func send(_ fields: [Field]) throws(DaemonError) {
    let bytes = Self.entry(fields)
    let name = BytePath(path)
    var address = sockaddr_un.at(name)
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code: Int32 = unsafe withUnsafePointer(to: &address) { pointer in
      let address = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        unsafe sendto(
          socket, buffer.baseAddress!, buffer.count, Int32(MSG_NOSIGNAL), address, length)
      }
      if sent >= 0 { return 0 }
      guard errno == EMSGSIZE || errno == ENOBUFS else { return errno }
      let file = Descriptor(taking: unsafe linux_memory_file("chartherod-journal"))
      guard file.number >= 0,
        (try? file.write(bytes, to: BytePath("memory file"))) != nil,
        linux_seal(file.number) == 0,
        unsafe linux_send_descriptor(socket, address, length, file.number) == 0
      else { return errno }
      return 0
    }
    guard code == 0 else { throw .system("write to the journal", name, code: code) }
  }
}

extension sockaddr_un {
  /// The address of a socket in the file system; a longer path than fits is cut, and found nowhere.
  static func at(_ path: BytePath) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      for (index, byte) in path.bytes.prefix(room.count - 1).enumerated() {
        unsafe room[index] = byte
      }
    }
    return address
  }
}
