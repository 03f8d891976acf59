/// What a configuration's single values cannot show: that its folders do not get into each other's
/// way. Reads the disk only to see through symbolic links.
struct SettingsCheck {
  var file: String
  var lines: SettingsLines

  func check(_ settings: Settings) throws(DaemonError) {
    for (index, inbox) in settings.inboxes.enumerated() {
      let key: [SettingsLines.Step] = [.key("inbox"), .item(index)]
      try refuseOverlap("the inbox", inbox.path, "the outbox", settings.outbox, at: key)
      try refuseOverlap("the inbox", inbox.path, "the state folder", settings.state, at: key)
      try refuseInside("the inbox", inbox.path, "the failed folder", settings.failed, at: key)
      try refuseInside("the inbox", inbox.path, "its done folder", inbox.done, at: key)
      try refuseOverlap("the done folder", inbox.done, "the outbox", settings.outbox, at: key)
      for (other, second) in settings.inboxes.enumerated() where other < index {
        try refuseOverlap("the inbox", inbox.path, "the inbox", second.path, at: key)
      }
    }
    try refuseOverlap(
      "the failed folder", settings.failed, "the outbox", settings.outbox, at: [.key("failed")])
    try refuseOverlap(
      "the state folder", settings.state, "the outbox", settings.outbox, at: [.key("state")])
  }

  /// Refuses two folders that are the same or of which one holds the other.
  private func refuseOverlap(
    _ first: String, _ a: BytePath, _ second: String, _ b: BytePath, at key: [SettingsLines.Step]
  ) throws(DaemonError) {
    try refuseInside(first, a, second, b, at: key)
    if Self.real(b).isWithin(Self.real(a)) {
      throw error(key, "\(second) \(b) lies inside \(first) \(a): keep them side by side")
    }
  }

  /// Refuses `a` where it is `b` or lies inside it.
  private func refuseInside(
    _ first: String, _ a: BytePath, _ second: String, _ b: BytePath, at key: [SettingsLines.Step]
  ) throws(DaemonError) {
    let (realA, realB) = (Self.real(a), Self.real(b))
    if realA == realB { throw error(key, "\(first) and \(second) are the same folder, \(a)") }
    if realA.isWithin(realB) {
      throw error(key, "\(first) \(a) lies inside \(second) \(b): keep them side by side")
    }
  }

  private func error(_ key: [SettingsLines.Step], _ reason: String) -> DaemonError {
    .settings(file: file, line: lines.line(of: key), reason: reason)
  }

  /// The path with its links resolved as far as it exists.
  private static func real(_ path: BytePath) -> BytePath {
    if let real = Files.resolved(path) { return real }
    let parent = path.parent
    return parent == path ? path : real(parent).appending(path.lastComponent)
  }
}
