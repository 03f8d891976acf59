internal import Audio
internal import Dispatch
internal import FoundationEssentials
internal import Synchronization

/// Reads a folder with a `kit.json` and single hits, mono or close and room.
package enum KitFolder {
  private struct Description: Decodable {
    struct Stroke: Decodable {
      var files: [String: String]
      var onset: Double
      var velocity: Int

      enum CodingKeys: String, CodingKey {
        case files, velocity
        case onset = "onset_s"
      }
    }
    struct Entry: Decodable {
      var `class`: String?
      var samples: [Stroke]
    }
    var name: String
    var articulations: [String: Entry]
  }

  package static func load(path: String) throws -> DrumKit {
    let stage = "loading the drum kit"
    guard let data = FileManager.default.contents(atPath: path + "/kit.json") else {
      throw TrainingError(path: path, stage: stage, reason: "there is no kit.json")
    }
    let description: Description
    do {
      description = try JSONDecoder().decode(Description.self, from: data)
    } catch {
      throw TrainingError(path: path, stage: stage, reason: "kit.json does not parse (\(error))")
    }
    var jobs: [(name: String, articulation: Articulation, strokes: [Description.Stroke])] = []
    let hasCrashEdge = description.articulations.keys.contains { $0.hasPrefix("crash_edge") }
    for (name, entry) in description.articulations.sorted(by: { $0.key < $1.key }) {
      if let articulation = articulation(
        named: name, hasClass: entry.class != nil, hasCrashEdge: hasCrashEdge)
      {
        jobs.append((name, articulation, entry.samples))
      }
    }
    let loaded = try Concurrent.map(jobs) { job in
      let samples = try job.strokes.map { stroke in
        let files = stroke.files
        guard let main = files["mix"] ?? files["close"] else {
          throw TrainingError(path: path, stage: stage, reason: "\(job.name) names no file")
        }
        return DrumSample(
          close: try SampleFile.mono(path + "/" + main),
          room: try files["room"].map { try SampleFile.mono(path + "/" + $0) } ?? [],
          onset: stroke.onset, velocity: stroke.velocity)
      }
      return DrumVoice(name: job.name, samples: samples, articulation: job.articulation)
    }
    var voices: [Articulation: [DrumVoice]] = [:]
    for (job, voice) in zip(jobs, loaded) { voices[job.articulation, default: []].append(voice) }
    return DrumKit(name: description.name, voices: voices)
  }

  /// The articulation that a name in `kit.json` stands for, or `nil` for strokes that no
  /// performance calls for (brushes, foot splashes).
  /// - Parameter hasCrashEdge: Whether the kit has a crash struck on its edge apart from the others,
  ///   which then are its bow.
  static func articulation(
    named name: String, hasClass: Bool, hasCrashEdge: Bool = false
  ) -> Articulation? {
    guard hasClass else { return .percussion }
    let table: [(String, Articulation?)] = [
      ("kick", .kick), ("snare_rim", .snareRim), ("snare_brush", nil), ("snare", .snare),
      ("sidestick", .sidestick), ("hihat_closed", .hihatClosed), ("hihat_half_open", .hihatOpen),
      ("hihat_half", .hihatHalf), ("hihat_open", .hihatOpen), ("hihat_pedal", .hihatPedal),
      ("tom_high", .tomHigh), ("tom_mid", .tomMid), ("tom_low", .tomLow), ("crash_2", .crash2),
      ("crash_edge", .crash), ("crash", hasCrashEdge ? .crashBow : .crash), ("china", .china),
      ("splash", .splash), ("ride_bell", .rideBell), ("ride_2_bell", .rideBell),
      ("ride_edge", .rideEdge), ("ride", .rideBow),
    ]
    return table.first { name.hasPrefix($0.0) }?.1
  }
}

/// Decodes a short sound file to mono at the renderer's rate.
enum SampleFile {
  static let sampleRate = 44_100

  static func mono(_ path: String) throws -> [Float] {
    do {
      let buffer = try AudioFile.decode(path: path).buffer
      let samples = buffer.downmixed()
      guard buffer.sampleRate != sampleRate else { return samples }
      return try Resampler.resample(samples, from: buffer.sampleRate, to: sampleRate)
    } catch {
      throw TrainingError(
        path: path, stage: "decoding a sample", reason: String(describing: error))
    }
  }
}

/// Work spread over the machine's cores, results in order.
enum Concurrent {
  static func map<T: Sendable, R: Sendable>(
    _ items: [T], _ body: @Sendable (T) throws -> R
  ) throws -> [R] {
    let results = Mutex<[Int: Result<R, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: items.count) { i in
      let result = Result { try body(items[i]) }
      results.withLock { $0[i] = result }
    }
    let all = results.withLock { $0 }
    return try items.indices.map { i in
      guard let result = all[i] else { preconditionFailure("an item was not worked on") }
      return try result.get()
    }
  }
}
