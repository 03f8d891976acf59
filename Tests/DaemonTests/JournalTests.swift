import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Entries reach the journal as they were meant")
struct JournalTests {
  /// The fields of an entry, read back as journald reads them.
  private static func parse(_ bytes: [UInt8]) -> [JournalSocket.Field] {
    var fields: [JournalSocket.Field] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != 10 }
      rest = rest.dropFirst(line.count + 1)
      if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
        let name = String(decoding: line[..<equals], as: UTF8.self)
        fields.append(.init(name, line[(equals + 1)...]))
      } else {
        let count = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(8)
        fields.append(.init(String(decoding: line, as: UTF8.self), rest.prefix(count)))
        rest = rest.dropFirst(count + 1)
      }
    }
    return fields
  }

  private static let fields: [JournalSocket.Field] = [
    .init("MESSAGE", "two\nlines".utf8),
    .init("CHARTHERO_SONG", [0x61, 0xff, 0x3d, 0x62]),
    .init("CHARTHERO_JOB", "12".utf8),
    .init("EMPTY", []),
  ]

  @Test("line breaks and bytes that are no text take the binary form")
  func entry() {
    let bytes = JournalSocket.entry(Self.fields)
    #expect(Self.parse(bytes) == Self.fields)
    #expect(bytes.starts(with: Array("MESSAGE\n".utf8) + [9, 0, 0, 0, 0, 0, 0, 0]))
  }

  @Test("an entry arrives as one datagram, or as a sealed file where it is too long")
  func sending() throws {
    let folder = try TemporaryFolder()
    let path = folder("socket").path
    let receiver = try Receiver(path)
    let journal = try JournalSocket(path: path)
    try journal.send(Self.fields)
    #expect(Self.parse(receiver.receive()) == Self.fields)
    let long = [JournalSocket.Field("MESSAGE", [UInt8](repeating: 65, count: 10_000_000))]
    try journal.send(long)
    let arrived = receiver.receive()
    #expect(arrived.count == JournalSocket.entry(long).count)
    #expect(arrived == JournalSocket.entry(long))
  }

  @Test("without a journal the sender learns of it")
  func absent() throws {
    let folder = try TemporaryFolder()
    let journal = try JournalSocket(path: folder("nobody").path)
    #expect(throws: DaemonError.self) { try journal.send(Self.fields) }
  }

  /// What journald does: takes a datagram, or the file that came instead.
  private final class Receiver {
    private let socket: Int32

    init(_ path: String) throws {
      socket = try unsafe UnixSocket.open(path, type: SOCK_DGRAM) { unsafe Glibc.bind($0, $1, $2) }
    }

    deinit { close(socket) }

    func receive() -> [UInt8] {
      var data = [UInt8](repeating: 0, count: 1 << 20)
      var control = [UInt8](repeating: 0, count: 64)
      var message = unsafe msghdr()
      let (count, controlled) = unsafe data.withUnsafeMutableBytes { data in
        unsafe control.withUnsafeMutableBytes { control in
          var part = unsafe iovec(iov_base: data.baseAddress, iov_len: data.count)
          return unsafe withUnsafeMutablePointer(to: &part) { part in
            unsafe message.msg_iov = part
            unsafe message.msg_iovlen = 1
            unsafe message.msg_control = control.baseAddress
            unsafe message.msg_controllen = control.count
            let count = unsafe recvmsg(socket, &message, Int32(MSG_DONTWAIT))
            return unsafe (count, message.msg_controllen)
          }
        }
      }
      if controlled == 0 { return Array(data.prefix(max(count, 0))) }
      // cmsghdr is a length, a level and a type; the descriptor follows after 16 bytes.
      let file = control[16..<20].reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
      defer { close(file) }
      #expect(fcntl(file, F_GETFD) >= 0)
      lseek(file, 0, SEEK_SET)
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let got = unsafe read(file, &buffer, buffer.count)
        guard got > 0 else { return bytes }
        bytes += buffer.prefix(got)
      }
    }
  }
}
