internal import Conversion

/// What there is to say about each published chart: `reports/JOB.txt` for people and
/// `reports/JOB.json` for programs in the state folder, JOB being the number that `charthero status`
/// shows. Nothing depends on them: they may be deleted at any time.
struct SongReports: Sendable {
  private let folder: BytePath
  private let outbox: BytePath

  init(_ settings: Settings) {
    folder = settings.state.appending("reports")
    outbox = settings.outbox
  }

  /// Saves the report of a song whose chart was published under the name `chart`. A disk that does
  /// not take it is no reason to fail the song, which is done.
  func save(_ report: ConversionReport?, of job: Int64, folder chart: [UInt8]) {
    guard var report else { return }
    report.folder = outbox.appending(chart).description
    try? Files.makeFolders(folder, mode: 0o750)
    try? Files.save(report.text().utf8, to: folder.appending("\(job).txt"))
    try? Files.save(report.json().utf8, to: folder.appending("\(job).json"))
  }
}
