import DrumNet
import Foundation
import Testing

@testable import Training

@Suite("Event files, memory and configurations")
struct RunTests {
  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  @Test("CRC-32C gives the values of RFC 3720")
  func checksum() {
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.of(Array(0..<32)) == 0x46DD_794E)
  }

  /// The bytes were read by the `tensorboard` package's own loader when this test was written.
  @Test("An event file is the record that TensorBoard reads, byte for byte")
  func events() throws {
    try withFolder { folder in
      let file = try EventFile(folder: folder, time: 1_700_000_000)
      try file.append(
        step: 300,
        [("train/loss", .scalar(0.5)), ("p", .picture(png: [1, 2], width: 5, height: 6))],
        time: 1_700_000_001)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents.1700000000."))
      let bytes = try Data(contentsOf: URL(filePath: folder + "/" + names[0]))
      let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(text == Self.golden)
    }
  }

  private static let golden =
    "1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d"
    + "3200000000000000241956ec0900004040fc54d94110ac022a240a110a0a747261696e2f6c6f7373"
    + "150000003f0a0f0a0170220a080610051803220201024ca2b9d8"

  @Test("auto chooses by cores and memory, and says why")
  func configurations() {
    let settings = FitSettings(name: "test", network: .hybrid(.tiny))
    let small = Configuration.auto.choice(
      for: settings,
      on: Machine(cores: 2, memory: 10_000_000_000, hasAVX512: false, hasBFloat16: false))
    #expect(small.settings.optimisation.batch == 32 && small.settings.frames == 1_024)
    #expect(small.settings.optimisation.recompute && small.memoryLimit == 6_000_000_000)
    #expect(small.reasons.joined().contains("local") && small.reasons.joined().contains("no AVX"))
    let large = Configuration.auto.choice(
      for: settings,
      on: Machine(cores: 64, memory: 200_000_000_000, hasAVX512: true, hasBFloat16: true))
    #expect(large.settings.optimisation.batch == 64 && large.settings.frames == 2_048)
    #expect(large.settings.optimisation.accumulation == 4)
    #expect(large.reasons.joined().contains("cloud") && large.settings.optimisation.mixedPrecision)
    let machine = Machine.current
    // Other tests run beside this one, and the kernel counts pages in batches of its own.
    let resident = Machine.residentMemory
    #expect(machine.cores > 0 && machine.memory > resident && resident > 1_000_000)
    #expect(Double(Machine.peakMemory) > 0.8 * Double(resident))
  }
}
