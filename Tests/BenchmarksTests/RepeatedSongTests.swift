import Benchmarks
import Foundation
import TestSupport
import Testing

struct RepeatedSongTests {
  @Test func `A song is as long as it was wanted, in whole frames and without its index`() throws {
    let sample = Repository.root.appending(path: "samples/chaosland.mp3").path
    let song = try RepeatedSong(path: sample)
    // 1,152 samples a frame; each begins with eleven set bits.
    let folder = try TemporaryFolder()
    func made(_ seconds: Double) throws -> Data {
      try song.write(seconds: seconds, to: folder("song.mp3").path)
      return try Data(contentsOf: folder("song.mp3"))
    }
    let (short, long) = (try made(1), try made(120))
    #expect(short.prefix(2) == Data([0xFF, 0xFB]))
    #expect(long.starts(with: short))
    #expect(long.count > 100 * short.count)
    #expect(long.range(of: Data("Info".utf8)) == nil && long.range(of: Data("Xing".utf8)) == nil)
  }

  @Test func `What is no MP3 file is refused`() {
    #expect(throws: BenchmarkError.self) {
      _ = try RepeatedSong(path: Repository.root.appending(path: "README.md").path)
    }
    #expect(throws: BenchmarkError.self) { _ = try RepeatedSong(path: "/nowhere.mp3") }
  }
}
