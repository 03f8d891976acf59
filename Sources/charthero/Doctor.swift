import ArgumentParser
import Daemon
import DrumNet
import Foundation
import TensorCore

/// `charthero doctor`: looks for what keeps the daemon from working, and says how to mend it.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks for what keeps the daemon from working and says how to mend it.",
    discussion: """
      Run it as the daemon's user to see what the daemon may do: \
      sudo -u charthero charthero doctor.
      """)

  @OptionGroup var daemon: DaemonOptions

  func run() throws {
    var chart = PatientChart()
    chart.note(good: BLAS.kernelDescription)
    if let settings = chart.check(
      "the configuration \(daemon.config)", remedy: "Correct it; 'chartherod check-config' agrees.",
      { try SettingsFile.read(daemon.config) })
    {
      checkFolders(settings, &chart)
      checkModel(settings, &chart)
    }
    checkSystem(&chart)
    chart.check(
      "the daemon", remedy: "Start it ('systemctl start chartherod'), or join its group.",
      { try daemon.client().status(recent: 0).summary })
    guard chart.problems == 0 else { throw ExitCode(Failure.misconfigured) }
  }

  private func checkFolders(_ settings: Settings, _ chart: inout PatientChart) {
    let folders =
      settings.inboxes.map { ("the inbox", $0.path) } + [
        ("the outbox", settings.outbox), ("the failed folder", settings.failed),
        ("the state folder", settings.state),
      ]
    for (name, path) in folders {
      let isWritable = FileManager.default.isWritableFile(atPath: "\(path)")
      chart.note(
        "\(name) \(path)", isGood: isWritable,
        remedy: "Make it, and give the daemon's user the right to write there.")
    }
    let facts = try? FileManager.default.attributesOfFileSystem(forPath: "\(settings.outbox)")
    if let free = facts?[.systemFreeSize] as? NSNumber {
      chart.note(
        "\(free.int64Value >> 20) MiB are free in the outbox",
        isGood: free.int64Value >= settings.limits.freeSpace,
        remedy: "The daemon waits until \(settings.limits.freeSpace >> 20) MiB are free.")
    }
  }

  private func checkModel(_ settings: Settings, _ chart: inout PatientChart) {
    chart.check(
      "the model \(settings.model)", remedy: "Install it again, or name another as 'model'.",
      { try DrumModel(contentsOf: "\(settings.model)").settings.name })
  }

  private func checkSystem(_ chart: inout PatientChart) {
    for (name, least) in [("max_user_watches", 1_024), ("max_user_instances", 16)] {
      let file = "/proc/sys/fs/inotify/\(name)"
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      guard let value = Int(text.filter(\.isNumber)) else { continue }
      chart.note(
        "fs.inotify.\(name) is \(value)", isGood: value >= least,
        remedy: "Raise it with sysctl; until then inboxes are looked into by the clock.")
    }
    let hasJournal = FileManager.default.fileExists(atPath: "/run/systemd/journal/socket")
    chart.note(good: hasJournal ? "journald" : "no journald: the daemon logs to standard error")
  }
}

/// What the doctor found, told as it is found.
private struct PatientChart {
  private(set) var problems = 0

  mutating func note(good what: String) { print("good  \(what)") }

  mutating func note(_ what: String, isGood: Bool, remedy: String) {
    guard !isGood else { return note(good: what) }
    problems += 1
    print("BAD   \(what)\n      \(remedy)")
  }

  /// Notes whether `work` succeeds, and returns what it returns.
  @discardableResult
  mutating func check<Value>(_ what: String, remedy: String, _ work: () throws -> Value) -> Value? {
    do {
      let value = try work()
      note(good: (value as? String).map { "\(what): \($0)" } ?? what)
      return value
    } catch {
      note("\(what): \(error)", isGood: false, remedy: remedy)
      return nil
    }
  }
}
