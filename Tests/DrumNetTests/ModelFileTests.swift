import Foundation
import Spectral
import TensorCore
import TestSupport
import Testing

@testable import DrumNet

@Suite("Models and training states survive files, and damaged files are refused in words")
struct ModelFileTests {
  /// A folder of this test's own.
  static func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "charthero-models-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  static func settings() -> ModelSettings {
    var settings = ModelSettings(name: "tiny", network: .hybrid(.tiny))
    settings.mel.bins = 16
    settings.calibration[.ride] = Calibration.Class(
      threshold: 0.31, offset: 0.004, slope: 1.5, bias: -0.2)
    return settings
  }

  static func network(seed: UInt64 = 3) -> any Network {
    settings().network.makeNetwork(bins: 16, seed: seed)
  }

  /// A whole model file's bytes.
  static func modelBytes() throws -> [UInt8] {
    try withFolder { folder in
      let path = folder.appending(path: "m.safetensors").path
      try ModelFile.write(network(), settings: settings(), to: path)
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    }
  }

  /// What reading these bytes says, or `nil` where they are accepted.
  static func complaint(_ bytes: [UInt8]) throws -> ModelError? {
    try withFolder { folder -> ModelError? in
      let path = folder.appending(path: "m.safetensors").path
      try Data(bytes).write(to: URL(filePath: path))
      do {
        _ = try ModelFile.read(path)
        return nil
      } catch let error as ModelError {
        #expect(error.description.hasPrefix(path))
        return error
      }
    }
  }

  /// The bytes with the header's text changed and its length corrected.
  static func edited(_ bytes: [UInt8], _ change: (String) -> String) -> [UInt8] {
    let length = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
    let header = Array(change(String(decoding: bytes[8..<8 + length], as: UTF8.self)).utf8)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return prefix + header + bytes[(8 + length)...]
  }

  @Test("a model comes back with its settings and gives the same activations")
  func roundTrip() throws {
    try Self.withFolder { folder in
      let path = folder.appending(path: "m.safetensors").path
      let network = Self.network()
      try ModelFile.write(network, settings: Self.settings(), to: path)
      let model = try DrumModel(contentsOf: path, precision: .float32)
      #expect(model.settings == Self.settings())
      #expect(model.borderFrames == network.borderFrames)
      var random = Random(seed: 1)
      let features = (0..<7 * 16).map { _ in Float(random.uniform()) }
      let before = DrumModel(network: network, settings: Self.settings())
      // Seven frames are not whole tokens: the model fills up by itself.
      let heard = model.activations(features: features, frames: 7)
      let expected = before.activations(features: features, frames: 7)
      #expect(zip(heard, expected).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(heard.count == 7 * OutputLayout.count)
      #expect(heard.allSatisfy { $0 > 0 && $0 < 1 })
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test("windows side by side give what each gives alone")
  func batch() throws {
    let model = DrumModel(network: Self.network(), settings: Self.settings())
    var random = Random(seed: 1)
    let windows = (0..<3).map { _ in (0..<10 * 16).map { _ in Float(random.uniform()) } }
    let together = model.activations(windows: windows, frames: 10)
    for (window, result) in zip(windows, together) {
      let alone = model.activations(features: window, frames: 10)
      #expect(zip(alone, result).allSatisfy { abs($0 - $1) < 1e-6 })
    }
    #expect(model.activations(features: [], frames: 0) == [])
  }

  @Test("a resumed training run takes the same steps, to the bit")
  func resume() throws {
    func step(_ run: TrainingCheckpoint, _ random: inout Random) {
      let x = Tensor((0..<2 * 8 * 16).map { _ in Float(random.normal()) }, [2, 8, 16])
      let targets = Tensor([2, 8, OutputLayout.count], repeating: 0.5)
      let tape = Tape(random: random.split())
      let loss = run.network.forward(x, tape: tape).bceWithLogits(
        targets: targets, weights: targets, normaliser: 10, tape)
      tape.backward(from: loss)
      run.optimiser.update(rate: 1e-2)
      run.average.update()
    }
    let network = Self.network()
    let run = TrainingCheckpoint(
      settings: Self.settings(), network: network, optimiser: AdamW(network.parameters),
      average: MovingAverage(network.parameters, decay: 0.9))
    var random = Random(seed: 9)
    for _ in 0..<3 { step(run, &random) }
    let json = String(decoding: try JSONEncoder().encode(random), as: UTF8.self)
    run.progress = ["random": json]
    let resumed = try Self.withFolder { folder in
      let path = folder.appending(path: "run.safetensors").path
      try run.write(to: path)
      #expect(throws: ModelError.self) { try ModelFile.read(path) }
      return try TrainingCheckpoint(contentsOf: path)
    }
    #expect(resumed.progress == run.progress)
    let text = try #require(resumed.progress["random"])
    var again = try JSONDecoder().decode(Random.self, from: Data(text.utf8))
    for _ in 0..<3 {
      step(run, &random)
      step(resumed, &again)
    }
    #expect(resumed.optimiser.step == 6 && resumed.average.updates == 6)
    for (index, parameter) in run.network.parameters.all.enumerated() {
      let other = resumed.network.parameters.all[index].tensor
      #expect(parameter.tensor.values == other.values, "\(parameter.name)")
      #expect(run.average.tensors[index].values == resumed.average.tensors[index].values)
    }
  }

  @Test("a truncated, foreign, padded or NaN file is refused with its name and cause")
  func damaged() throws {
    let whole = try Self.modelBytes()
    #expect(try Self.complaint(whole) == nil)
    let cases: [([UInt8], String)] = [
      ([], "is too short"),
      (Array(whole[..<5]), "is too short"),
      (Array(whole[..<300]), "ends inside its header"),
      (Array(whole.dropLast()), "is cut short"),
      (whole + [0], "holds 1 bytes more"),
      (Array("#!/bin/sh\necho this is no model at all".utf8), "is not a model file"),
      (Array(whole.dropLast(4)) + [0, 0, 0xC0, 0x7F], "not numbers"),
      (Self.edited(whole) { $0.replacing("\"F32\"", with: "\"F16\"") }, "as F16 instead of F32"),
      (Self.edited(whole) { $0.replacing("head.bias", with: "head.nose") }, "lacks the weights"),
      (
        Self.edited(whole) { $0.replacing("charthero.model", with: "someone.else") },
        "no Chart Hero"
      ),
      (
        Self.edited(whole) { $0.replacing("\\\"hybrid\\\"", with: "\\\"lstm\\\"") },
        "no network of the kind"
      ),
      (Self.edited(whole) { $0.replacing("\\\"width\\\":32", with: "\\\"width\\\":64") }, "where"),
      (
        Self.edited(whole) { $0.replacing("\\\"width\\\":32", with: "\\\"width\\\":31") },
        "impossible network"
      ),
      (Self.edited(whole) { $0.replacing(",\\\"width\\\":32", with: "") }, "without \"width\""),
      (Self.edited(whole) { $0.replacing("velocity_kick", with: "velocity_cow") }, "other outputs"),
    ]
    for (bytes, words) in cases {
      let error = try #require(try Self.complaint(bytes), "expected: \(words)")
      #expect(error.cause.contains(words), "\(error)")
    }
  }

  @Test("no change of single bytes or of the length brings the reader down")
  func mutated() throws {
    let whole = try Self.modelBytes()
    let header = 8 + Int(whole[0]) + Int(whole[1]) << 8
    var random = Random(seed: 12)
    for _ in 0..<150 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<header, using: &random)] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.uniform() < 0.2 {
        bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
      }
      _ = try Self.complaint(bytes)
    }
  }

  @Test("what is not there or no file is said to be so; what cannot be written leaves the old file")
  func paths() throws {
    let missing = #expect(throws: ModelError.self) { try ModelFile.read("/nowhere/m.safetensors") }
    #expect(
      missing?.description == "/nowhere/m.safetensors cannot be opened: no such file or directory")
    let folder = #expect(throws: ModelError.self) { try ModelFile.read("/") }
    #expect(folder?.description == "/ is not a file")
    #expect(throws: ModelError.self) {
      try ModelFile.write(Self.network(), settings: Self.settings(), to: "/nowhere/m.safetensors")
    }
  }

  @Test("Python's safetensors wrote the golden file, and its numbers are read as they are")
  func foreign() throws {
    let golden = try SafeTensors(contentsOf: Repository.fixture("torch/hybrid.safetensors").path)
    #expect(golden["x"]?.shape == [2, 14, 11])
    #expect(golden.metadata["rate"] == "0.003")
  }

  @Test("A run may begin with a model's weights or with the averaged ones of a checkpoint")
  func start() throws {
    let network = Self.network()
    let run = TrainingCheckpoint(
      settings: Self.settings(), network: network, optimiser: AdamW(network.parameters),
      average: MovingAverage(network.parameters, decay: 0.9))
    for tensor in run.average.tensors {
      tensor.write(Array(repeating: 0.25, count: tensor.count))
    }
    var dropped = HybridSettings.tiny
    dropped.dropout = 0.3
    var wider = dropped
    wider.width = 64
    try Self.withFolder { folder in
      let model = folder.appending(path: "m.safetensors").path
      try ModelFile.write(network, settings: Self.settings(), to: model)
      let checkpoint = folder.appending(path: "run.safetensors").path
      try run.write(to: checkpoint)
      let mel = Self.settings().mel
      let same = try ModelFile.weights(model, for: .hybrid(dropped), mel: mel)
      #expect(
        same.parameters.all.map(\.tensor.values) == network.parameters.all.map(\.tensor.values))
      let averaged = try ModelFile.weights(checkpoint, for: .hybrid(dropped), mel: mel)
      #expect(averaged.parameters.all.allSatisfy { $0.tensor.values.allSatisfy { $0 == 0.25 } })
      #expect(throws: ModelError.self) {
        try ModelFile.weights(model, for: .hybrid(wider), mel: mel)
      }
      #expect(throws: ModelError.self) {
        try ModelFile.weights(model, for: .hybrid(dropped), mel: MelSettings())
      }
    }
  }
}
