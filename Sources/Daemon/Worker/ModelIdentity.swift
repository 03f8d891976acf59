internal import Conversion

/// Which model makes the charts: its file's name and hash, so that a refreshed model under the same
/// name is another one.
package struct ModelIdentity: Hashable, Sendable {
  package var path: BytePath
  /// SHA-256 of the file.
  package var hash: [UInt8]

  /// Reads the file.
  package init(of path: BytePath) throws(DaemonError) {
    self.path = path
    let file = try Descriptor.open(path)
    var hash = SHA256()
    while true {
      let bytes = try file.read(1 << 20, of: path)
      if bytes.isEmpty { break }
      hash.update(bytes)
    }
    self.hash = hash.finish()
  }

  /// For the ledger and the log: the file's name and the first twelve digits of its hash.
  package var key: String {
    "\(BytePath.printable(path.lastComponent))@\(ChartMarker.hexadecimal(Array(hash.prefix(6))))"
  }
}
