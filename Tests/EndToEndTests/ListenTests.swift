import Foundation
import TestSupport
import Testing

@Suite("charthero listen")
struct ListenTests {
  private let charthero = Samples.charthero

  private struct Hit: Decodable {
    var time: Double
    var `class`: String
    var confidence: Double
    var velocity: Int
  }

  private func hits(_ text: String) throws -> [Hit] {
    try text.split(separator: "\n").map {
      try JSONDecoder().decode(Hit.self, from: Data($0.utf8))
    }
  }

  /// The samples of the WAV sample song, without the header: so many seconds.
  private func samples(seconds: Int) throws -> Data {
    try Data(contentsOf: Samples.all[1].url).dropFirst(44).prefix(seconds * 4 * 44_100)
  }

  @Test("a pipe is heard as the file is, while it is written")
  func pipe() throws {
    let folder = try TemporaryFolder()
    let samples = try samples(seconds: 12)
    try #require(unsafe mkfifo(folder("pipe").path, 0o600) == 0)
    // The shell waits at the pipe's end, as any two commands in a pipeline do.
    let program = try BuiltProgram(path: "/bin/sh").start(
      ["-c", "\"$0\" listen --json < \"$1\"", charthero.path, folder("pipe").path],
      output: folder("output"), errors: folder("errors"))
    let pipe = try FileHandle(forWritingTo: folder("pipe"))
    try pipe.write(contentsOf: samples.prefix(10 * 4 * 44_100 + 3))
    let end = ContinuousClock.now + .seconds(60)
    func told() throws -> String {
      String(decoding: try Data(contentsOf: folder("output")), as: UTF8.self)
    }
    while try told().count < 1_000, ContinuousClock.now < end { usleep(20_000) }
    #expect(try told().count >= 1_000, "hits are told before the end of the song")
    try pipe.write(contentsOf: samples.dropFirst(10 * 4 * 44_100 + 3))
    try pipe.close()
    #expect(program.wait(limit: 60) == 0)
    let live = try hits(try told())
    #expect(live.count > 30)
    #expect(live.allSatisfy { (0...12).contains($0.time) && (1...127).contains($0.velocity) })
    let summary = String(decoding: try Data(contentsOf: folder("errors")), as: UTF8.self)
    #expect(summary.contains("\"hits\":\(live.count),\"seconds\":12.000"))
  }

  @Test("a file played at once is compared with itself heard as a whole")
  func compared() throws {
    let outcome = try charthero.run([
      "listen", Samples.all[0].url.path, "--speed", "0", "--delay", "1", "--compare",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count > 50)
    let match = try #require(
      outcome.errors.firstMatch(of: /F at 50 ms .*: all (0\.[0-9]+|1\.000)/))
    #expect(try #require(Double(match.1)) > 0.8)
  }

  @Test("Ctrl-C ends it with its summary")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let program = try charthero.start(
      ["listen", Samples.all[1].url.path], output: folder("output"), errors: folder("errors"))
    let end = ContinuousClock.now + .seconds(60)
    while (FileManager.default.contents(atPath: folder("output").path) ?? Data()).isEmpty,
      ContinuousClock.now < end
    { usleep(20_000) }
    program.signal(SIGINT)
    #expect(program.wait(limit: 20) == 0)
    let summary = String(decoding: try Data(contentsOf: folder("errors")), as: UTF8.self)
    #expect(summary.contains(" hits in "))
  }

  @Test("wrong wishes are refused")
  func refused() throws {
    for arguments in [
      ["--compare"], ["--delay", "11"], ["--speed", "-1"], ["--format", "mp3"],
    ] { #expect(try charthero.run(["listen"] + arguments).status == 64) }
    #expect(try charthero.run(["listen", "--channels", "0"]).status == 65)
    #expect(try charthero.run(["listen", "/nowhere.mp3"]).status == 66)
  }
}
