internal import CFluidSynth

/// A soundfont ready to play, rendered offline through libfluidsynth; frees it when it goes.
@safe struct FluidSynthesizer: ~Copyable {
  private let settings: OpaquePointer
  private let synth: OpaquePointer
  private let soundfont: Int32
  static let sampleRate = 44_100
  /// Events take effect at the start of libfluidsynth's blocks of this many frames.
  static let block = 64

  init(soundfont path: String, reverb: Bool, gain: Double = 0.5) throws {
    _ = unsafe fluid_set_log_function(Int32(FLUID_WARN.rawValue), nil, nil)
    _ = unsafe fluid_set_log_function(Int32(FLUID_ERR.rawValue), nil, nil)
    let failure = { (reason: String) in
      TrainingError(path: path, stage: "loading the soundfont", reason: reason)
    }
    guard let settings = unsafe new_fluid_settings() else { throw failure("out of memory") }
    unsafe fluid_settings_setnum(settings, "synth.sample-rate", Double(Self.sampleRate))
    unsafe fluid_settings_setnum(settings, "synth.gain", gain)
    unsafe fluid_settings_setint(settings, "synth.reverb.active", reverb ? 1 : 0)
    unsafe fluid_settings_setint(settings, "synth.chorus.active", reverb ? 1 : 0)
    unsafe fluid_settings_setint(settings, "synth.polyphony", 128)
    unsafe fluid_settings_setint(settings, "synth.dynamic-sample-loading", 1)
    guard let synth = unsafe new_fluid_synth(settings) else {
      unsafe delete_fluid_settings(settings)
      throw failure("libfluidsynth did not start")
    }
    let font = unsafe fluid_synth_sfload(synth, path, 1)
    guard font >= 0 else {
      unsafe delete_fluid_synth(synth)
      unsafe delete_fluid_settings(settings)
      throw failure("libfluidsynth cannot read it")
    }
    unsafe self.settings = settings
    unsafe self.synth = synth
    soundfont = font
  }

  deinit {
    unsafe delete_fluid_synth(synth)
    unsafe delete_fluid_settings(settings)
  }

  /// Every preset of the soundfont.
  func presets() -> [(bank: Int, program: Int, name: String)] {
    guard let font = unsafe fluid_synth_get_sfont_by_id(synth, soundfont) else { return [] }
    var result: [(bank: Int, program: Int, name: String)] = []
    unsafe fluid_sfont_iteration_start(font)
    while let preset = unsafe fluid_sfont_iteration_next(font) {
      let name = unsafe fluid_preset_get_name(preset).map { unsafe String(cString: $0) } ?? ""
      result.append(
        unsafe (
          Int(fluid_preset_get_banknum(preset)), Int(fluid_preset_get_num(preset)), name
        ))
    }
    return result
  }

  /// Puts a preset on a channel; `false` where there is none.
  func select(channel: Int, bank: Int, program: Int) -> Bool {
    unsafe fluid_synth_program_select(
      synth, Int32(channel), soundfont, Int32(bank), Int32(program)) == FLUID_OK
  }

  func noteOn(channel: Int, note: Int, velocity: Int) {
    _ = unsafe fluid_synth_noteon(synth, Int32(channel), Int32(note), Int32(velocity))
  }

  func noteOff(channel: Int, note: Int) {
    _ = unsafe fluid_synth_noteoff(synth, Int32(channel), Int32(note))
  }

  func controller(channel: Int, number: Int, value: Int) {
    _ = unsafe fluid_synth_cc(synth, Int32(channel), Int32(number), Int32(value))
  }

  func program(channel: Int, number: Int) {
    _ = unsafe fluid_synth_program_change(synth, Int32(channel), Int32(number))
  }

  func pitchBend(channel: Int, value: Int) {
    _ = unsafe fluid_synth_pitch_bend(synth, Int32(channel), Int32(value))
  }

  /// Silences everything at once.
  func stop() { _ = unsafe fluid_synth_all_sounds_off(synth, -1) }

  /// Appends the next frames, both channels averaged.
  func render(frames: Int, into output: inout [Float]) {
    var left = [Float](repeating: 0, count: frames)
    var right = [Float](repeating: 0, count: frames)
    unsafe left.withUnsafeMutableBufferPointer { l in
      unsafe right.withUnsafeMutableBufferPointer { r in
        _ = unsafe fluid_synth_write_float(
          synth, Int32(frames), l.baseAddress, 0, 1, r.baseAddress, 0, 1)
      }
    }
    for i in 0..<frames { output.append(0.5 * (left[i] + right[i])) }
  }
}
