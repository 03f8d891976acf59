internal import CMPG123

/// One libmpg123 handle.
@safe struct MP3Handle: ~Copyable {
  let raw: OpaquePointer
  private let name: String

  /// `name` is the file's, for messages.
  init(_ name: String) throws(AudioError) {
    var code: Int32 = 0
    guard let raw = unsafe mpg123_new(nil, &code) else {
      let words = unsafe String(cString: mpg123_plain_strerror(code))
      throw AudioError(name: name, stage: .open, reason: words)
    }
    unsafe self.raw = raw
    self.name = name
  }

  deinit { unsafe mpg123_delete(raw) }

  func set(_ parameter: mpg123_parms, _ value: Int) throws(AudioError) {
    try check(unsafe mpg123_param2(raw, Int32(parameter.rawValue), value, 0))
  }

  /// Every rate that MPEG knows, mono and stereo, as 32-bit float.
  func allowFloatOnly() throws(AudioError) {
    try check(unsafe mpg123_format_none(raw))
    let layouts = Int32(MPG123_MONO.rawValue | MPG123_STEREO.rawValue)
    let float = Int32(MPG123_ENC_FLOAT_32.rawValue)
    for rate in [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
      try check(unsafe mpg123_format(raw, rate, layouts, float))
    }
  }

  /// Turns a library's result into an error in its own words.
  func check(_ code: Int32) throws(AudioError) {
    guard code != MPG123_OK.rawValue else { return }
    let words = unsafe String(cString: mpg123_strerror(raw))
    throw AudioError(name: name, stage: .decode, reason: "the MP3 decoder says: \(words)")
  }
}
