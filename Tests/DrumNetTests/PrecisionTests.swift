import Foundation
import TensorCore
import TestSupport
import Testing

@testable import DrumNet

@Suite("Networks in fewer bits hear as they do in Float32")
struct PrecisionTests {
  /// The shipped model.
  private static let shipped = Repository.root.appending(path: "models/hybrid-small.safetensors")
    .path

  /// Something like a spectrogram: hits that ring, over a floor.
  private static func features(frames: Int, bins: Int) -> [Float] {
    var random = Random(seed: 8)
    var ring = [Float](repeating: 0, count: bins)
    return (0..<frames).flatMap { frame -> [Float] in
      if frame % 23 == 0 {
        let low = Int(random.uniform() * Double(bins) * 0.7)
        for bin in low..<min(bins, low + bins / 4) { ring[bin] = Float(random.uniform(2...5)) }
      }
      for bin in 0..<bins { ring[bin] *= 0.8 }
      return ring.map { $0 + Float(random.uniform() * 0.4) }
    }
  }

  private static func difference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(a.count)
  }

  @Test("the shipped model's activations differ by 0.02 at most in the mean, and peaks stay")
  func activations() throws {
    let features = Self.features(frames: 300, bins: 128)
    let exact = try DrumModel(contentsOf: Self.shipped, precision: .float32)
      .activations(features: features, frames: 300)
    #expect(exact.max()! > 0.5)
    for (precision, most) in [(Precision.bfloat16, Float(0.005)), (.int8, 0.01)] {
      let model = try DrumModel(contentsOf: Self.shipped, precision: precision)
      #expect(model.precision == precision)
      let heard = model.activations(features: features, frames: 300)
      #expect(Self.difference(heard, exact) < most, "\(precision)")
      #expect(heard != exact, "\(precision) rounds nothing")
    }
  }

  /// One small network of each kind and with each option that changes what is multiplied.
  private static let kinds: [(name: String, settings: NetworkSettings)] = {
    var crossed = HybridSettings.tiny
    crossed.crossAttention = CrossAttentionSettings()
    var coarse = HybridSettings.tiny
    (coarse.attentionReach, coarse.coarseTokens) = (5, 4)
    var cnn = CNNSettings()
    (cnn.channels, cnn.hidden) = ([8, 12], 40)
    return [
      ("hybrid", .hybrid(.tiny)), ("crossed", .hybrid(crossed)), ("coarse", .hybrid(coarse)),
      ("ast", .ast(.tiny)), ("cnn", .cnn(cnn)),
    ]
  }()

  @Test("every network's logits are near those in Float32", arguments: kinds.indices)
  func networks(index: Int) throws {
    let (name, settings) = Self.kinds[index]
    // The last window of a song is filled up.
    let (frames, heard, bins) = (64, 56, 32)
    let x = Tensor(Self.features(frames: frames, bins: bins), [1, frames, bins])
    func logits(_ precision: Precision?) -> [Float] {
      let network = settings.makeNetwork(bins: bins, seed: 5)
      if let precision { network.parameters.pack(precision) }
      return network.forward(x, lengths: [heard], tape: nil).values
    }
    let exact = logits(nil)
    let mean = exact.reduce(0, +) / Float(exact.count)
    let deviation = Self.difference(exact, [Float](repeating: mean, count: exact.count))
    for (precision, share) in [(Precision.float32, Float(1e-4)), (.bfloat16, 0.05), (.int8, 0.1)] {
      let rounded = logits(precision)
      #expect(Self.difference(rounded, exact) < share * deviation, "\(name) in \(precision)")
    }
  }

  /// A model in 8 bits of ``ModelFileTests``' network, and the same in Float32.
  private static func withFiles(
    calibrated: Bool = false, _ body: (_ quantized: String, _ whole: String) throws -> Void
  ) throws {
    try ModelFileTests.withFolder { folder in
      let (network, settings) = (ModelFileTests.network(), ModelFileTests.settings())
      let quantized = folder.appending(path: "q.safetensors").path
      let whole = folder.appending(path: "w.safetensors").path
      let x = Tensor(features(frames: 32, bins: 16), [1, 32, 16])
      let ranges = network.parameters.inputRanges { _ = network.forward(x, tape: nil) }
      try ModelFile.writeQuantized(
        network, settings: settings, inputRanges: calibrated ? ranges : [:], to: quantized)
      try ModelFile.write(network, settings: settings, to: whole)
      try body(quantized, whole)
    }
  }

  @Test("a file in 8 bits is smaller and gives the activations that rounding at load gives")
  func file() throws {
    try Self.withFiles { quantized, whole in
      let sizes = try [quantized, whole].map { try Data(contentsOf: URL(filePath: $0)).count }
      #expect(sizes[0] < sizes[1])
      // A head stays whole, whatever multiplies it.
      let parameters = try ModelFile.packed(quantized, .int8).network.parameters.all
      for parameter in parameters where parameter.role == .matrix {
        let isHead = parameter.name == "head.weight"
        #expect((parameter.tensor.quantized == nil) == (isHead || !parameter.tensor.suitsInt8))
        #expect(!isHead || !parameter.tensor.suitsInt8)
      }
      let features = Self.features(frames: 40, bins: 16)
      for precision in Precision.allCases {
        let heard = try [quantized, whole].map {
          try DrumModel(contentsOf: $0, precision: precision)
            .activations(features: features, frames: 40)
        }
        if precision == .int8 { #expect(heard[0] == heard[1]) }
        #expect(Self.difference(heard[0], heard[1]) < 0.001)
      }
      // Written again it is the same file, and it can be trained on.
      let again = quantized + ".again"
      try DrumModel(contentsOf: quantized, precision: .int8).write(to: again)
      let bytes = try [quantized, again].map { try Data(contentsOf: URL(filePath: $0)) }
      #expect(bytes[0] == bytes[1])
      let settings = ModelFileTests.settings()
      let network = try ModelFile.weights(quantized, for: settings.network, mel: settings.mel)
      #expect(network.parameters.all.allSatisfy { $0.tensor.isFinite })
    }
  }

  @Test(
    "unless told otherwise 8 bits are used where the file has them, and bfloat16 where they pay")
  func choice() throws {
    try Self.withFiles { quantized, whole in
      let chosen = try [quantized, whole].map { try DrumModel(contentsOf: $0).precision }
      #expect(chosen == [.best(hasInt8Weights: true), .best(hasInt8Weights: false)])
    }
    #expect(Precision.best(hasInt8Weights: false) != .int8)
    if ProductPath.avx512.serves(.int8) { #expect(Precision.best(hasInt8Weights: true) == .int8) }
    if ProductPath.avx512.serves(.bfloat16) {
      #expect(Precision.best(hasInt8Weights: false) == .bfloat16)
    }
  }

  @Test("with calibrated inputs a network hears nearly the same")
  func calibrated() throws {
    try Self.withFiles(calibrated: true) { quantized, whole in
      let features = Self.features(frames: 32, bins: 16)
      let heard = try [quantized, whole].map {
        try DrumModel(contentsOf: $0, precision: .int8).activations(features: features, frames: 32)
      }
      #expect(heard[0] != heard[1])
      #expect(Self.difference(heard[0], heard[1]) < 0.001)
    }
  }

  @Test("a damaged file in 8 bits is refused in words")
  func damaged() throws {
    try Self.withFiles(calibrated: true) { quantized, _ in
      let whole = [UInt8](try Data(contentsOf: URL(filePath: quantized)))
      #expect(try ModelFileTests.complaint(whole) == nil)
      let cases: [([UInt8], String)] = [
        (Array(whole.dropLast()), "is cut short"),
        (
          ModelFileTests.edited(whole) { $0.replacing("qkv.weight.scales", with: "qkv.scales") },
          "without the scales"
        ),
        (
          ModelFileTests.edited(whole) {
            $0.replacing(/(qkv\.weight\.scales":{[^}]*"shape":)\[96\]/) { "\($0.1)[24,4]" }
          }, "scales for the"
        ),
        (
          ModelFileTests.edited(whole) { $0.replacing("\"I8\"", with: "\"U8\"") },
          "as U8 instead of"
        ),
      ]
      for (bytes, words) in cases {
        let error = try #require(try ModelFileTests.complaint(bytes), "expected: \(words)")
        #expect(error.cause.contains(words), "\(error)")
      }
    }
  }
}
