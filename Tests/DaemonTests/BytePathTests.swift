import Daemon
import Testing

@Suite("Paths are bytes")
struct BytePathTests {
  @Test("parts, parents and joining")
  func parts() {
    let path = BytePath("/a/b//c.mp3")
    #expect(path.lastComponent == Array("c.mp3".utf8))
    #expect(path.parent == BytePath("/a/b"))
    #expect(path.parent.parent.parent == BytePath("/"))
    #expect(BytePath("/").parent == BytePath("/"))
    #expect(BytePath("/a").appending("b") == BytePath("/a/b"))
    #expect(BytePath("/").appending("b") == BytePath("/b"))
    #expect(BytePath("").appending("b") == BytePath("b"))
  }

  @Test("lying within is by whole parts")
  func within() {
    #expect(BytePath("/a/b").isWithin(BytePath("/a")))
    #expect(BytePath("/a").isWithin(BytePath("/a/")))
    #expect(!BytePath("/ab").isWithin(BytePath("/a")))
  }

  @Test("bytes that are no text survive, and are shown escaped on one line")
  func bytes() {
    let path = BytePath([0x2f, 0xff, 0x0a, 0x41, 0xc3, 0xa9, 0xe2, 0x80, 0xae])
    #expect(path.bytes == [0x2f, 0xff, 0x0a, 0x41, 0xc3, 0xa9, 0xe2, 0x80, 0xae])
    #expect(path.description == "/\\xff\\x0aA\u{e9}\\xe2\\x80\\xae")
    let name = unsafe path.withCString { text in
      (0..<9).map { unsafe UInt8(bitPattern: text[$0]) }
    }
    #expect(name == path.bytes)
  }

  @Test("a NUL ends a path: it can never say something else to the kernel than to us")
  func nul() {
    #expect(BytePath([0x61, 0, 0x62]).bytes == [0x61])
  }
}
