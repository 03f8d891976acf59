// swift-tools-version: 6.2
import PackageDescription

/// One strict settings array for every Swift target. Warnings are errors in CI only, so that a newer
/// compiler's new warning never stops a person's build.
let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func suite(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: [], swiftSettings: strict)
}

let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let toml: Target.Dependency = .product(name: "TOMLKit", package: "TOMLKit")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let sqlite: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")

let package = Package(
  name: "chart-hero",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries of the system: a module map and a shim each, one Swift importer each.
    .systemLibrary(name: "CMPG123", pkgConfig: "libmpg123", providers: [.apt(["libmpg123-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    // No pkg-config: it hands out a -D flag that SwiftPM refuses with a warning.
    .systemLibrary(name: "CGD", providers: [.apt(["libgd-dev"])]),
    .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
    // No pkg-config: its flags for libraries that the header does not use make SwiftPM complain.
    .systemLibrary(name: "CFluidSynth", providers: [.apt(["libfluidsynth-dev"])]),
    .systemLibrary(
      name: "CRubberBand", pkgConfig: "rubberband", providers: [.apt(["librubberband-dev"])]),
    // The Linux calls that Swift's Glibc module does not show.
    .target(name: "CLinux"),
    // Our own C loops, compiled with -O2 in debug builds too, so that `swift test` stays usable.
    .target(
      name: "CKernels", cSettings: [.unsafeFlags(["-O2", "-ffp-contract=fast", "-fno-math-errno"])]),
    // The beat tracker's inner loops, likewise.
    .target(name: "CLattice", cSettings: [.unsafeFlags(["-O2", "-fno-math-errno"])]),
    // And the mel front end's.
    .target(name: "CSpectral", cSettings: [.unsafeFlags(["-O2", "-fno-math-errno"])]),

    library("Audio", ["CMPG123", "CSndFile", "CSoxr"]),
    library("Spectral", ["CFFTW", "CSpectral"]),
    library("TensorCore", ["COpenBLAS", "CKernels"]),
    library("DrumNet", ["TensorCore", "Spectral"]),
    library("Protobuf", []),
    library("ONNX", ["DrumNet", "Protobuf", "Spectral", "TensorCore"]),
    library("ChartFormat", []),
    library("Artwork", ["CGD", "ChartFormat"]),
    library(
      "Transcription", ["Audio", "CLattice", "Spectral", "DrumNet", "ChartFormat", "TensorCore"]),
    library(
      "Conversion",
      ["Audio", "Artwork", "CCrypto", "ChartFormat", "CLinux", "DrumNet", "Transcription"]),
    library(
      "Training",
      [
        "Audio", "Artwork", "Spectral", "TensorCore", "DrumNet", "ChartFormat", "Protobuf",
        "Transcription", "CFluidSynth", "CRubberBand",
      ]),
    library(
      "Daemon",
      [
        "Audio", "ChartFormat", "Conversion", "CInotifyTools", "CLinux", "TensorCore", toml,
        logging, lifecycle, signals, sqlite,
      ]),

    library("Benchmarks", ["ChartFormat"]),
    .executableTarget(
      name: "charthero-bench",
      dependencies: [
        "Audio", "Benchmarks", "ChartFormat", "DrumNet", "ONNX", "Spectral", "TensorCore",
        "Transcription", arguments,
      ],
      // The other engines, which run in Python.
      exclude: ["Engines"], swiftSettings: strict),

    program("chartherod", ["Daemon", arguments]),
    program(
      "charthero",
      [
        "Artwork", "Audio", "ChartFormat", "Conversion", "Daemon", "DrumNet", "TensorCore",
        "Transcription", arguments,
      ]),
    program(
      "charthero-train",
      [
        "Audio", "DrumNet", "ONNX", "Spectral", "TensorCore", "Training", arguments, toml,
      ]),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    suite("AudioTests", ["Audio", "CSndFile"]),
    suite("SpectralTests", ["Spectral"]),
    suite("TensorCoreTests", ["TensorCore", "CKernels"]),
    suite("DrumNetTests", ["DrumNet", "TensorCore", "Spectral"]),
    suite("ONNXTests", ["DrumNet", "ONNX", "Protobuf", "TensorCore"]),
    suite("ChartFormatTests", ["ChartFormat"]),
    suite("ArtworkTests", ["Artwork", "ChartFormat"]),
    suite(
      "TranscriptionTests",
      ["Transcription", "ChartFormat", "DrumNet", "Spectral", "Audio", "TensorCore"]),
    suite(
      "ConversionTests", ["Conversion", "Audio", "ChartFormat", "DrumNet", "Transcription"]),
    suite(
      "TrainingTests",
      ["Training", "Audio", "ChartFormat", "DrumNet", "Spectral", "TensorCore", "Transcription"]),
    suite("DaemonTests", ["ChartFormat", "Daemon", "DrumNet", "Spectral"]),
    suite("BenchmarksTests", ["Benchmarks"]),
    suite("EndToEndTests", ["ChartFormat", "Audio"]),
  ]
)
