import ArgumentParser
import Daemon
import Foundation

/// `charthero status`: what the daemon is at.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells what the daemon works on, what waits and what came of the last songs.")

  @OptionGroup var daemon: DaemonOptions

  @Option(help: "Tell so many of the songs that ended last.")
  var recent = 10

  @Flag(help: "Print the answer as JSON.")
  var json = false

  @Flag(help: "Ask again every second, until Ctrl-C.")
  var watch = false

  func run() async throws {
    let client = try daemon.client()
    repeat {
      let status = try client.status(recent: recent)
      if watch && Terminal.isOutput { print("\u{1B}[H\u{1B}[2J", terminator: "") }
      print(try json ? Self.encoded(status) : Self.text(status))
      if watch { try await Task.sleep(for: .seconds(1)) }
    } while watch
  }

  private static func encoded(_ status: DaemonStatus) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(status), as: UTF8.self)
  }

  private static func text(_ status: DaemonStatus) -> String {
    var lines = [
      "\(status.summary) (process \(status.processIdentifier), up \(duration(status.uptime)))"
    ]
    if let paused = status.paused { lines.append("paused: \(paused)") }
    for job in status.running {
      let share = "\(Int(job.fraction * 100)) %"
      lines.append(
        "  job \(job.job): \(job.song): \(job.stage), \(share), \(duration(job.seconds))")
    }
    let counts = status.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    if !counts.isEmpty { lines.append("songs: \(counts.joined(separator: ", "))") }
    for inbox in status.inboxes {
      var words = "inbox \(inbox.path)"
      if let trouble = inbox.trouble { words += ": \(trouble)" }
      if inbox.isPolled { words += " (looked into by the clock)" }
      if inbox.settling > 0 { words += ", \(inbox.settling) not complete yet" }
      lines.append(words)
    }
    let free = status.freeBytes.map { ", \($0 >> 20) MiB free" } ?? ""
    lines.append("outbox \(status.outbox)\(free)")
    lines.append("model \(status.model) on \(status.kernels)")
    for job in status.recent {
      let result = job.folder ?? job.reason ?? ""
      lines.append("  job \(job.job) \(job.state.rawValue): \(job.song): \(result)")
    }
    return lines.joined(separator: "\n")
  }

  private static func duration(_ seconds: Double) -> String {
    let seconds = Int(seconds)
    if seconds >= 3_600 { return "\(seconds / 3_600) h \(seconds / 60 % 60) min" }
    return seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds) s"
  }
}
