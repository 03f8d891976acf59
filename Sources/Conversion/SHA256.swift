internal import CCrypto
internal import Glibc

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, as libcrypto computes it: with the processor's
/// own instructions where it has them.
@safe package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    // Neither fails but for want of memory: SHA-256 is in every build of the library.
    guard let context = unsafe EVP_MD_CTX_new(),
      unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    else { preconditionFailure("libcrypto gives no SHA-256") }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Takes the next bytes.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let isTaken = bytes.withContiguousStorageIfAvailable {
      unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
    }
    guard isTaken == nil else { return }
    let copy = Array(bytes)
    unsafe EVP_DigestUpdate(context, copy, copy.count)
  }

  /// The 32 bytes of the hash; what comes after them is nothing to it.
  package mutating func finish() -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: 32)
    unsafe EVP_DigestFinal_ex(context, &hash, nil)
    return hash
  }

  /// Of all bytes at once.
  package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// The whole file behind a descriptor, whose offset stays where it is.
  static func hash(of file: Int32) throws(SystemFailure) -> [UInt8] {
    var hash = SHA256()
    try Disk.read(file) { hash.update($0) }
    return hash.finish()
  }
}
