internal import FoundationEssentials

/// Reads a Hydrogen drum kit folder: `drumkit.xml` and its sound files. What an instrument is, its
/// name tells.
package enum HydrogenKit {
  package static func load(path: String) throws -> DrumKit {
    guard let data = FileManager.default.contents(atPath: path + "/drumkit.xml") else {
      throw TrainingError(
        path: path, stage: "loading the drum kit", reason: "there is no drumkit.xml")
    }
    let text = String(decoding: data, as: UTF8.self)
    let instruments = blocks("instrument", in: text[...]).compactMap { block in
      value("name", in: block).flatMap { name in
        articulation(named: name).map { (name: name, articulation: $0, block: block) }
      }
    }
    let loaded = try Concurrent.map(instruments) { item in
      // Kits of the first format have one file and no layers.
      let layers = blocks("layer", in: item.block)
      let samples = (layers.isEmpty ? [item.block] : layers).compactMap { sample($0, folder: path) }
      return samples.isEmpty
        ? nil
        : DrumVoice(
          name: item.name, samples: samples, articulation: item.articulation, exponent: 1.1,
          layersCarryLoudness: false)
    }
    var voices: [Articulation: [DrumVoice]] = [:]
    for (item, voice) in zip(instruments, loaded) {
      if let voice { voices[item.articulation, default: []].append(voice) }
    }
    let name = value("name", in: text[...]) ?? URL(filePath: path).lastPathComponent
    return DrumKit(name: name, voices: voices)
  }

  /// One layer's stroke; files that are missing, silent or no sound are left out, as Hydrogen does.
  private static func sample(_ layer: Substring, folder: String) -> DrumSample? {
    guard let file = value("filename", in: layer),
      let audio = try? SampleFile.mono(folder + "/" + file),
      let kept = OnsetMeasure.trimmed(audio, sampleRate: SampleFile.sampleRate, seconds: 5)
    else { return nil }
    let top = value("max", in: layer).flatMap(Double.init) ?? 1
    return DrumSample(
      close: kept.samples, onset: kept.onset, velocity: max(1, Int((top * 127).rounded())))
  }

  /// What an instrument's name says it is, or `nil` for effects, loops and numbers.
  static func articulation(named name: String) -> Articulation? {
    let name = name.lowercased()
    let table: [([String], Articulation?)] = [
      (
        [
          "sample:", "zap", "fx", "click", "drum 1", "drum 2", "snare roll", "choke", "flink",
          "crash/ride (",
        ], nil
      ),
      (
        [
          "clap", "cowbell", "maraca", "shaker", "tamb", "snap", "bongo", "conga", "djembe",
          "sangban", "dunun", "cajon", "african", "agogo", "kenkeni", "doundoun", "dundun", "clave",
          "block",
        ], .percussion
      ),
      (["rimshot", "rim shot"], .snareRim),
      (["side stick", "sidestick", "stick", "rim"], .sidestick),
      (["kick", "bassdrum", "bass drum", "bd "], .kick),
      (["snare"], .snare),
      (["pedal h", "hat pedal", "hi-hat pedal", "foot", "hat 1 pd", "hat pd"], .hihatPedal),
      (["semi", "half", "swish", "hat op "], .hihatHalf),
      (
        ["open h", "hat open", "hi-hat open", "hi hat open", "hat 1 op", "side ohh", "hat free"],
        .hihatOpen
      ),
      (["closed h", "hat closed", "hi-hat", "hi hat", "hat ", "hihat", "side hh"], .hihatClosed),
      (["ride bell", "bell"], .rideBell), (["ride"], .rideBow),
      (["china"], .china), (["splash"], .splash), (["crash 2"], .crash2),
      (["crash", "cymbal"], .crash),
      (["floor", "tom low", "low tom", "tomlow", "tom 3"], .tomLow),
      (["tom mid", "middle tom", "mid tom", "tom 2"], .tomMid),
      (["tom hi", "high tom", "tomhi", "tom 1", "tom"], .tomHigh),
    ]
    return table.first { $0.0.contains { name.contains($0) } }?.1
  }

  /// The bodies of all elements of a name, which must not nest in themselves.
  private static func blocks(_ tag: String, in text: Substring) -> [Substring] {
    var result: [Substring] = []
    var rest = text
    while let open = rest.firstRange(of: "<\(tag)>"),
      let close = rest[open.upperBound...].firstRange(of: "</\(tag)>")
    {
      result.append(rest[open.upperBound..<close.lowerBound])
      rest = rest[close.upperBound...]
    }
    return result
  }

  /// The text of the first element of a name, with the five named entities resolved.
  private static func value(_ tag: String, in text: Substring) -> String? {
    guard let body = blocks(tag, in: text).first else { return nil }
    let entities = [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"),
    ]
    return entities.reduce(String(body)) { $0.replacing($1.0, with: $1.1) }
  }
}
