import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Names, hashes, messages")
struct NamesAndHashesTests {
  @Test(
    "SHA-256 of the standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 100_000),
        "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"
      ),
    ])
  func sha256(text: String, hash: String) {
    let hex = SHA256.hash(Array(text.utf8)).map {
      String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
    }
    #expect(hex.joined() == hash)
  }

  @Test("the same hash however the bytes are cut into pieces", arguments: [1, 55, 63, 64, 65, 129])
  func pieces(size: Int) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: size) {
      hash.update(bytes[start..<min(start + size, bytes.count)])
    }
    #expect(hash.finish() == SHA256.hash(bytes))
  }

  @Test("numbered names keep their ending and stay within 255 bytes")
  func numbered() {
    func numbered(_ name: String, _ number: Int) -> String {
      String(decoding: SourceMover.numbered(Array(name.utf8), number), as: UTF8.self)
    }
    #expect(numbered("a.mp3", 1) == "a.mp3")
    #expect(numbered("a.mp3", 2) == "a (2).mp3")
    #expect(numbered(".mp3", 3) == ".mp3 (3)")
    let long = numbered(String(repeating: "é", count: 125) + ".mp3", 12)
    #expect(long.utf8.count <= 255)
    #expect(long.hasSuffix("é (12).mp3"))
    #expect(!long.contains("\u{fffd}"))
  }

  @Test("systemd hears what it is told, and a watchdog time is only taken when it is meant for us")
  func notify() throws {
    #expect(ServiceManager(environment: [:]).watchdog == nil)
    let asked = ["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "\(getpid())"]
    #expect(ServiceManager(environment: asked).watchdog == 3)
    #expect(
      ServiceManager(environment: ["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"]).watchdog
        == nil)
    #expect(ServiceManager(environment: ["WATCHDOG_USEC": "soon"]).watchdog == nil)
  }

  @Test("a pause grows to a quarter of an hour and no further")
  func pause() {
    var pause = Pause(reason: "full", first: 5, at: 0)
    #expect((4.5...5.5).contains(pause.until))
    for _ in 0..<20 { pause.extend(reason: "full", at: 0) }
    #expect((810...990).contains(pause.until))
  }
}
