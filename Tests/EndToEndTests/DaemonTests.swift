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

    let status = try Samples.charthero.run(["status", "--config", daemon.config])
    #expect(status.status == 0, "\(status.errors)")
    #expect(status.output.contains("4 done"), "\(status.output)")
    #expect(status.output.contains("4 failed"), "\(status.output)")
    let doctor = try Samples.charthero.run(["doctor", "--config", daemon.config])
    #expect(doctor.status == 0, "\(doctor.output)")
    #expect(daemon.stop() == 0, "SIGTERM ends it cleanly")
    #expect(
      TemporaryFolder.names(in: daemon.outbox).allSatisfy { !$0.hasPrefix(".partial") },
      "nothing half done is left")
  }

  @Test("without a daemon, status says so")
  func noDaemon() throws {
    let folder = try TemporaryFolder()
    let config = try Configuration(in: folder, model: "/nowhere/model.safetensors").write()
    let outcome = try Samples.charthero.run(["status", "--config", config], limit: 20)
    #expect(outcome.status == 69, "\(outcome.errors)")
    #expect(outcome.errors.contains("is it running"))
  }

  @Test("an unknown setting is refused with its line")
  func unknownSetting() throws {
    let folder = try TemporaryFolder()
    var configuration = Configuration(in: folder, model: folder("model").path)
    configuration.more = "banana = 3"
    let config = try configuration.write()
    let outcome = try BuiltProgram("chartherod").run(
      ["--config", config], limit: 20)
    #expect(outcome.status == 78, "\(outcome.errors)")
    #expect(outcome.errors.contains("banana"))
    #expect(outcome.errors.contains("line 5"))
  }
}
