internal import CInotifyTools
internal import Foundation
internal import Glibc
internal import Synchronization

/// Reports that something happened in the watched folders, through libinotifytools.
///
/// A report is a hint to look, never a fact about a file: which file, and whether it is complete, is
/// found by the scan. So a lost, doubled, late or misnamed event costs nothing.
///
/// The library is one per process and holds its state in static variables: everything that touches
/// it runs on one thread of its own, which is started once and never initialises it again. Its other
/// faults, and how they are kept harmless here:
/// - It hides its descriptor, which workers would inherit: the thread marks every inotify descriptor
///   of the process close-on-exec, and workers close all but their own.
/// - `next_event(0)` blocks for ever and `next_events` of more than one event spins: only
///   `next_events(1, 1)` is called.
/// - An interrupted wait answers like a quiet second: both mean going round again.
/// - It finds watches by the file name they were made with and keeps the entries of watches that the
///   kernel dropped, so that a folder made again under an old name would find the dead entry: each
///   watch is registered under a spelling of its path never used before (`WatchSpelling`).
/// - It does not watch new folders and reports renamed ones under their old name: the scan tells
///   which folders there are, and each difference is made up here.
package final class FolderWatcher: Sendable {
  package enum Report: Hashable, Sendable {
    /// Something changed in some watched folder, or a new folder is watched from now on.
    case changed
    /// Events were lost: the kernel's queue overflowed.
    case overflow
    /// This folder cannot be watched, for want of watches (ENOSPC) or memory.
    case unwatchable(BytePath, code: Int32)
    /// Nothing can be watched at all.
    case blind(code: Int32)
  }

  private struct Requests {
    var folders: Set<FoundFolder>?
    var isStopped = false
  }

  private let requests = Mutex(Requests())
  private let report: @Sendable (Report) -> Void

  /// Starts the thread. Once per process.
  ///
  /// - Parameter report: called on the thread.
  package init(report: @escaping @Sendable (Report) -> Void) {
    self.report = report
    let thread = Thread { [self] in run() }
    thread.name = "folder watcher"
    thread.start()
  }

  /// Watches these folders and no others, within a second.
  func watch(_ folders: Set<FoundFolder>) { requests.withLock { $0.folders = folders } }

  /// Ends the thread within a second.
  package func stop() { requests.withLock { $0.isStopped = true } }

  private func run() {
    guard inotifytools_initialize() == 1 else {
      report(.blind(code: inotifytools_error()))
      return
    }
    Self.closeOnExec()
    var watches = FolderWatches()
    while true {
      let request = requests.withLock { requests in
        defer { requests.folders = nil }
        return requests
      }
      if request.isStopped { return }
      if let folders = request.folders { watches.become(folders, report: report) }
      if watches.isEmpty {
        usleep(50_000)
        continue
      }
      guard let event = unsafe inotifytools_next_events(1, 1) else {
        // A failing read would answer at once, for ever: it is as good as lost events.
        let code = inotifytools_error()
        if code != 0 && code != EINTR {
          report(.overflow)
          sleep(1)
        }
        continue
      }
      let mask = unsafe event.pointee.mask
      if mask & UInt32(IN_IGNORED) != 0 { watches.dropped(unsafe event.pointee.wd) }
      report(mask & UInt32(IN_Q_OVERFLOW) != 0 ? .overflow : .changed)
    }
  }

  /// Marks every inotify descriptor of this process close-on-exec.
  private static func closeOnExec() {
    let folder = BytePath("/proc/self/fd")
    for name in (try? Files.names(in: folder)) ?? [] {
      guard let number = Int32(String(decoding: name, as: UTF8.self)) else { continue }
      var target = [UInt8](repeating: 0, count: 64)
      let length = unsafe folder.appending(name).withCString { path in
        unsafe target.withUnsafeMutableBytes { buffer in
          unsafe readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), 64)
        }
      }
      if length > 0, target[..<length].elementsEqual("anon_inode:inotify".utf8) {
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
      }
    }
  }
}
