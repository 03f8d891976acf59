import ArgumentParser
import Conversion
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
    checkLibraries(&chart)
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

  /// Which libraries this program found, and whether the maths runs on the processor's best kernels.
  private func checkLibraries(_ chart: inout PatientChart) {
    let ours = [
      "libmpg123", "libsndfile", "libsoxr", "libfftw3f", "libopenblas", "libgd", "libinotifytools",
      "libsqlite3", "libcrypto",
    ]
    let file = FileHandle(forReadingAtPath: "/proc/self/maps")
    let maps = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
    let names = Set(maps.split(separator: "\n").compactMap { $0.split(separator: "/").last })
    let loaded = ours.compactMap { library in
      names.filter { $0.hasPrefix(library) }.min().map(String.init)
    }
    chart.note(
      "libraries: \(loaded.joined(separator: ", "))", isGood: loaded.count == ours.count,
      remedy: "Install what is missing; 'make deps' in the source's folder does it.")
    chart.note(
      BLAS.kernelDescription, isGood: BLAS.hasBestKernels,
      remedy: "This processor has AVX-512: unset OPENBLAS_CORETYPE and "
        + "CHARTHERO_OPENBLAS_CORETYPE, or songs take twice as long.")
  }

  private func checkFolders(_ settings: Settings, _ chart: inout PatientChart) {
    let folders =
      settings.inboxes.map { ("the inbox", $0.path) } + [
        ("the outbox", settings.outbox), ("the failed folder", settings.failed),
        ("the state folder", settings.state),
      ]
    for (name, path) in folders {
      let isThere = FileManager.default.fileExists(atPath: "\(path)")
      let isWritable = FileManager.default.isWritableFile(atPath: "\(path)")
      chart.note(
        isThere ? "\(name) \(path)" : "\(name) \(path): there is no such folder",
        isGood: isWritable,
        remedy: isThere
          ? "Give the daemon's user the right to write there (and ReadWritePaths= in its unit)."
          : "Make it; 'systemd-tmpfiles --create' makes those of the installed configuration.")
    }
    let facts = try? FileManager.default.attributesOfFileSystem(forPath: "\(settings.outbox)")
    if let free = facts?[.systemFreeSize] as? NSNumber {
      chart.note(
        "\(free.int64Value >> 20) MiB are free in the outbox",
        isGood: free.int64Value >= settings.limits.freeSpace,
        remedy: "The daemon waits until \(settings.limits.freeSpace >> 20) MiB are free.")
    }
  }

  /// Whether the model loads, is the one it is said to be, and is the one that the daemon runs with.
  private func checkModel(_ settings: Settings, _ chart: inout PatientChart) {
    let remedy = "Install it again, or name another as 'model'."
    guard
      let identity = chart.check(
        "the model \(settings.model)", remedy: remedy,
        { () throws -> ModelIdentity in
          _ = try DrumModel(contentsOf: "\(settings.model)")
          return try ModelIdentity(of: settings.model)
        })
    else { return }
    let hash = ChartMarker.hexadecimal(identity.hash)
    let sums = settings.model.parent.appending("SHA256SUMS")
    let name = BytePath.printable(settings.model.lastComponent)
    let lines = (try? String(contentsOfFile: "\(sums)", encoding: .utf8)) ?? ""
    if let line = lines.split(separator: "\n").first(where: { $0.hasSuffix(" \(name)") }) {
      chart.note(
        "its checksum \(hash.prefix(12)) against \(sums)", isGood: line.hasPrefix(hash),
        remedy: remedy)
    } else {
      chart.note(good: "its checksum is \(hash.prefix(12)); no SHA256SUMS lists it")
    }
    if let running = try? daemon.client().status(recent: 0).model {
      chart.note(
        "the daemon runs with \(running)", isGood: running == identity.key,
        remedy: "The model's file has changed since: 'systemctl reload chartherod', then perhaps "
          + "'charthero retry --all --older-model'.")
    }
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
    let hasSystemd = FileManager.default.fileExists(atPath: "/run/systemd/system")
    let hasJournal = FileManager.default.fileExists(atPath: "/run/systemd/journal/socket")
    chart.note(
      hasJournal ? "journald" : "no journald: the daemon logs to standard error",
      isGood: hasJournal || !hasSystemd,
      remedy: "Start it: 'systemctl start systemd-journald.socket'.")
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
