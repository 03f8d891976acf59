import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("What counts as a song in an inbox")
struct InboxScanTests {
  @Test(
    "songs by their ending",
    arguments: ["a.mp3", "A.MP3", "b.flac", "c.wav", "d.ogg", "e.opus", "x.part.mp3", "f..aiff"])
  func songs(name: String) {
    #expect(NameRules.isSong(Array(name.utf8)))
  }

  @Test(
    "unfinished, hidden and foreign files are none",
    arguments: [
      "a.mp3.part", "a.mp3.partial", "a.mp3.crdownload", "a.mp3.download", "a.mp3.filepart",
      "a.mp3.tmp", "a.mp3.!ut", "a.mp3.!qB", "a.mp3.aria2", ".a.mp3.Xk3f9Q", ".a.mp3", "._a.mp3",
      "a.mp3~", "~syncthing~a.mp3.tmp", "~syncthing~a.mp3", ".syncthing.a.mp3", "Thumbs.db",
      "desktop.ini", "cover.jpg", "notes.txt", "mp3", ".mp3", "", "~$a.mp3",
    ])
  func others(name: String) {
    #expect(!NameRules.isSong(Array(name.utf8)))
  }

  @Test("subfolders are looked into, other programs' and our own are not")
  func folders() throws {
    let home = try TemporaryFolder()
    for folder in [
      "in/album/cd 1", "in/.~tmp~", "in/@eaDir", "in/__MACOSX", "in/done", "in/.stfolder",
      "in/x.mp3",
    ] { _ = try home.folder(folder) }
    for file in [
      "in/a.mp3", "in/album/cd 1/b.mp3", "in/.~tmp~/c.mp3", "in/@eaDir/d.mp3", "in/__MACOSX/e.mp3",
      "in/done/f.mp3", "in/.stfolder/g.mp3", "in/x.mp3/h.mp3",
    ] { try Data("x".utf8).write(to: home(file)) }
    let inbox = BytePath(home("in").path)
    let scan = try InboxScan(of: inbox, skipping: [inbox.appending("done")])
    #expect(scan.isComplete)
    #expect(
      scan.files.map(\.path).sorted()
        == ["a.mp3", "album/cd 1/b.mp3", "x.mp3/h.mp3"].map { BytePath($0) })
    #expect(
      Set(scan.folders.map(\.path))
        == Set(["", "/album", "/album/cd 1", "/x.mp3"].map { BytePath(home("in").path + $0) }))
  }

  @Test("links, pipes and sockets are no songs, and nothing waits for them")
  func kinds() throws {
    let home = try TemporaryFolder()
    let inbox = try home.folder("in")
    try Data("x".utf8).write(to: home("song.mp3"))
    try FileManager.default.createSymbolicLink(
      at: inbox.appending(path: "link.mp3"), withDestinationURL: home("song.mp3"))
    try FileManager.default.createSymbolicLink(
      at: inbox.appending(path: "folder"), withDestinationURL: home("."))
    unsafe mkfifo(inbox.appending(path: "pipe.mp3").path, 0o600)
    #expect(unsafe link(home("song.mp3").path, inbox.appending(path: "hard.mp3").path) == 0)
    let scan = try InboxScan(of: BytePath(inbox.path), skipping: [])
    #expect(scan.files.map(\.path) == [BytePath("hard.mp3")])
  }

  @Test("names of any bytes are found as they are")
  func bytes() throws {
    let home = try TemporaryFolder()
    let names: [[UInt8]] = [
      [0xff, 0xfe] + Array(".mp3".utf8), Array("line\nbreak.mp3".utf8),
      [UInt8](repeating: 0x61, count: 251) + Array(".mp3".utf8),
    ]
    for name in names {
      let path = BytePath(home.url.path).appending(name)
      let file = unsafe path.withCString { unsafe open($0, O_CREAT | O_WRONLY, 0o600) }
      try #require(file >= 0)
      close(file)
    }
    let scan = try InboxScan(of: BytePath(home.url.path), skipping: [])
    #expect(Set(scan.files.map(\.path.bytes)) == Set(names))
  }

  @Test("a file that a download manager still works on waits for it")
  func companion() throws {
    let home = try TemporaryFolder()
    for name in ["a.mp3", "a.mp3.aria2", "b.mp3"] { try Data("x".utf8).write(to: home(name)) }
    let scan = try InboxScan(of: BytePath(home.url.path), skipping: [])
    #expect(scan.files.map(\.path) == [BytePath("b.mp3")])
  }

  @Test("an inbox that is gone is an error, not an empty inbox")
  func gone() throws {
    let home = try TemporaryFolder()
    #expect(throws: DaemonError.self) {
      try InboxScan(of: BytePath(home("none").path), skipping: [])
    }
  }
}
