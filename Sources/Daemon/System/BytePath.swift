/// A path as the kernel knows it: bytes without NUL, in no encoding. File names on Linux need not be
/// UTF-8, and a name that is repaired into a String no longer opens its file.
package struct BytePath: Hashable, Sendable, Comparable {
  package let bytes: [UInt8]

  /// A path of these bytes; a NUL, which no path can hold, ends it.
  package init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes.prefix { $0 != 0 })
  }

  package init(_ string: String) { self.init(string.utf8) }

  package var isEmpty: Bool { bytes.isEmpty }
  package var isAbsolute: Bool { bytes.first == Self.separator }

  /// The path's parts between slashes.
  package var components: [ArraySlice<UInt8>] { bytes.split(separator: Self.separator) }

  /// The last part; empty for `/` and the empty path.
  package var lastComponent: [UInt8] { components.last.map(Array.init) ?? [] }

  /// All but the last part.
  package var parent: BytePath {
    var rest = bytes[...]
    while rest.count > 1, rest.last == Self.separator { rest.removeLast() }
    while let last = rest.last, last != Self.separator { rest.removeLast() }
    while rest.count > 1, rest.last == Self.separator { rest.removeLast() }
    return BytePath(rest)
  }

  package func appending(_ component: some Collection<UInt8>) -> BytePath {
    if bytes.isEmpty { return BytePath(component) }
    return BytePath(bytes + (bytes.last == Self.separator ? [] : [Self.separator]) + component)
  }

  package func appending(_ component: String) -> BytePath { appending(Array(component.utf8)) }
  package func appending(_ path: BytePath) -> BytePath { appending(path.bytes) }

  /// Whether this is `folder` or lies somewhere in it. Both absolute, without `.` and `..`.
  package func isWithin(_ folder: BytePath) -> Bool { components.starts(with: folder.components) }

  package static func < (left: BytePath, right: BytePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  package func withCString<Result, Failure>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe try terminated.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
      try unsafe body(buffer.baseAddress!)
    }
  }

  static let separator = UInt8(ascii: "/")
}

extension BytePath: CustomStringConvertible {
  /// The path for people: itself where it is printable UTF-8, otherwise with `\xNN` for each byte
  /// that is not, so that a line of text stays one line.
  package var description: String { Self.printable(bytes) }

  package static func printable(_ bytes: some Collection<UInt8>) -> String {
    var text = ""
    var rest = Array(bytes)[...]
    var decoder = UTF8()
    while !rest.isEmpty {
      var iterator = rest.makeIterator()
      if case .scalarValue(let scalar) = decoder.decode(&iterator), !isHidden(scalar) {
        text.unicodeScalars.append(scalar)
        rest = rest.dropFirst(UTF8.width(scalar))
      } else {
        let hex = String(rest.first!, radix: 16)
        text += "\\x" + (hex.count == 1 ? "0" : "") + hex
        rest = rest.dropFirst()
      }
      decoder = UTF8()
    }
    return text
  }

  /// Control characters, and the ones that turn the direction of writing or break a line.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }
}
