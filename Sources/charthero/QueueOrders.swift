import ArgumentParser
import Daemon

/// `charthero retry`: songs are converted again.
struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Has the daemon convert songs again.",
    discussion: "Name jobs by the numbers that 'charthero status' tells, or a group of them.")

  @Argument(help: "Numbers of jobs.")
  var jobs: [Int64] = []

  @Flag(help: "All songs that failed.")
  var failed = false

  @Flag(help: "All songs that another model than the present one has charted.")
  var olderModel = false

  @Flag(help: "All songs that still lie somewhere. Together with --older-model: the same as that.")
  var all = false

  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    guard jobs.isEmpty == (failed || olderModel || all) else {
      throw ValidationError("Name jobs, or one of --failed, --older-model and --all.")
    }
    guard !failed || !(olderModel || all) else {
      throw ValidationError("--failed goes alone.")
    }
  }

  func run() throws {
    let which: ControlRequest.Retry =
      if failed { .allFailed } else if olderModel { .olderModel } else if all { .all } else {
        .jobs(jobs)
      }
    try DaemonOptions.report(try daemon.client().retry(which), "queued again")
  }
}

/// `charthero cancel`: songs are not converted after all.
struct Cancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes songs from the daemon's queue, or stops their conversion.",
    discussion: "The songs move to the failed folder; 'charthero retry' brings them back.")

  @Argument(help: "Numbers of jobs, as 'charthero status' tells them.")
  var jobs: [Int64]

  @OptionGroup var daemon: DaemonOptions

  func run() throws { try DaemonOptions.report(try daemon.client().cancel(jobs), "cancelled") }
}
