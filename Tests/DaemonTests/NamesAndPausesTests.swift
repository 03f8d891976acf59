import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Names, messages, pauses")
struct NamesAndPausesTests {
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
