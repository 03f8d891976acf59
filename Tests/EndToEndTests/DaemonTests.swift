import Audio
import Foundation
import TestSupport
import Testing

@Suite("The daemon takes what people drop", .serialized)
struct DaemonTests {
  @Test("whatever is dropped becomes a chart or a plain reason, and the next song still converts")
  func faults() throws {
    let daemon = try RunningDaemon()
    for fault in try Faults.all() { try fault.bytes.write(to: daemon.inbox(fault.file)) }
    try daemon.waitForResults(Faults.names.count, limit: 240)
    let last = "Sectoid - Feelings.wav"
    try FileManager.default.copyItem(
      at: Repository.file("samples/" + last), to: daemon.inbox(last))
    try daemon.waitForResults(Faults.names.count + 1, limit: 60)

    for (name, outcome) in Faults.names {
      let folder = "Fault - \(name.prefix { $0 != "." }) (Chart Hero)"
      let file = "Fault - \(name)"
      switch outcome {
      case .chart:
        #expect(daemon.charts.contains(folder), "\(name): \(daemon.reason(file))")
      case .reason:
        #expect(!daemon.charts.contains(folder), "\(name)")
        #expect(daemon.refused.contains(file), "\(name) itself lies in failed/")
        let reason = daemon.reason(file)
        #expect(reason.split(separator: " ").count >= 4, "a sentence: \(reason)")
        #expect(!reason.contains("Error("), "for people, not for programmers: \(reason)")
      }
    }
    #expect(daemon.charts.contains("Sectoid - Feelings (Chart Hero)"))
    let done = daemon.inboxFolder.appending(path: "done")
    try daemon.wait("source in done/", limit: 10) {
      TemporaryFolder.names(in: done).contains(last)
    }
    #expect(daemon.stop() == 0, "SIGTERM ends it cleanly")
    #expect(
      TemporaryFolder.names(in: daemon.outbox).allSatisfy { !$0.hasPrefix(".partial") },
      "nothing half done is left")
  }

  @Test("an unknown setting is refused with its line")
  func unknownSetting() throws {
    let folder = try TemporaryFolder()
    let lines = [
      "outbox = \"\(folder("outbox").path)\"", "failed = \"\(folder("failed").path)\"",
      "state = \"\(folder("state").path)\"", "banana = 3",
      "model = \"\(folder("model").path)\"", "[[inbox]]",
      "path = \"\(folder("inbox").path)\"",
    ]
    try Data(lines.joined(separator: "\n").utf8).write(to: folder("config.toml"))
    let outcome = try BuiltProgram("chartherod").run(
      ["--config", folder("config.toml").path], limit: 20)
    #expect(outcome.status == 78, "\(outcome.errors)")
    #expect(outcome.errors.contains("banana"))
    #expect(outcome.errors.contains("line 4"))
  }
}
