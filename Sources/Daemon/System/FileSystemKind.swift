internal import CLinux

/// Whether a file system tells us of changes that others make.
enum FileSystemKind {
  /// Network and user-space file systems report our own changes only.
  static func isBlind(_ path: BytePath) -> Bool {
    blind.contains(unsafe path.withCString { unsafe linux_file_system($0) })
  }

  /// statfs magic numbers: NFS, SMB, CIFS, SMB2, FUSE, 9p, Ceph, AFS, Coda.
  private static let blind: Set<Int64> = [
    0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546, 0x0102_1997, 0x00c3_6400,
    0x5346_414f, 0x7375_7245,
  ]
}
