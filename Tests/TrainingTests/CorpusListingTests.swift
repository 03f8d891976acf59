import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Layouts of real corpora") struct CorpusListingTests {
  private static let mdb: [DrumClass: String] = [
    .kick: "KD", .snare: "SDG", .hihat: "CHH", .tomHigh: "HIT", .tomMid: "MHT", .tomLow: "LFT",
    .crash: "CRC", .ride: "RDC",
  ]
  private static let star: [DrumClass: String] = [
    .kick: "BD", .snare: "SS", .hihat: "OHH", .tomHigh: "HT", .tomMid: "MT", .tomLow: "LT",
    .crash: "SPC", .ride: "RB",
  ]

  /// Two songs of a layout in a folder: one for training, one for validation where there is a split.
  private static func write(_ kind: CorpusDescription.Kind, _ folder: TemporaryFolder) throws {
    let song = FakeSong(seconds: 8)
    func audio(_ path: String) throws {
      _ = try folder.folder(URL(filePath: path).deletingLastPathComponent().relativePath)
      try FakeSong.write(song.audio(), to: folder(path))
    }
    func put(_ data: Data, _ path: String) throws {
      _ = try folder.folder(URL(filePath: path).deletingLastPathComponent().relativePath)
      try data.write(to: folder(path))
    }
    switch kind {
    case .groove:
      try audio("d1/a.wav")
      try audio("d1/b.wav")
      try put(song.midi, "d1/a.midi")
      try put(song.midi, "d1/b.midi")
      let table = """
        drummer,style,split,midi_filename,audio_filename,duration
        d1,"rock, slow",train,d1/a.midi,d1/a.wav,8
        d1,rock,validation,d1/b.midi,d1/b.wav,8
        d1,rock,test,d1/c.midi,d1/c.wav,8

        """
      try put(Data(table.utf8), "e-gmd-v1.0.0.csv")
    case .game:
      try song.writeGame(try folder.folder("one"))
      try song.writeGame(try folder.folder("two/deep"), midi: true)
      try put(Data("[song]\n".utf8), "three/song.ini")
      try put(Data("x".utf8), "four/notes.chart")
    case .mdb:
      for name in ["MusicDelta_A", "MusicDelta_B"] {
        try audio("audio/full_mix/\(name)_MIX.wav")
        try put(song.text(Self.mdb), "annotations/subclass/\(name)_subclass.txt")
      }
      try put(Data("0.5 TMB\n".utf8), "annotations/subclass/MusicDelta_C_subclass.txt")
    case .slakh:
      for (split, name) in [("train", "Track00001"), ("validation", "Track00002")] {
        try audio("\(split)/\(name)/mix.wav")
        try audio("\(split)/\(name)/stems/S01.wav")
        try put(song.midi, "\(split)/\(name)/MIDI/S01.mid")
        let yaml = "stems:\n  S00:\n    is_drum: false\n  S01:\n    is_drum: true\n"
        try put(Data(yaml.utf8), "\(split)/\(name)/metadata.yaml")
      }
      try put(Data("stems:\n".utf8), "train/Track00003/metadata.yaml")
    case .star:
      for split in ["training", "validation"] {
        try audio("data/\(split)/x/audio/mix/s_mix_kit.wav")
        try put(
          song.text(Self.star, velocity: "\t0.5"), "data/\(split)/x/annotation/s_mix_kit.txt")
      }
      try put(Data("1 BD 0.5\n".utf8), "data/training/x/annotation/gone_mix_kit.txt")
    case .tsv:
      let rows = song.onsets.map { "\($0.time)\t\($0.drum.name)\t\($0.velocity)\n" }.joined()
      for name in ["p", "q"] {
        try audio(name == "p" ? "p.wav" : "q_full_mix.wav")
        try put(Data(("time_s\tclass\tvelocity\n" + rows).utf8), "\(name)_onsets.tsv")
        try put(Data("0.5 1\n1.0 2\n".utf8), "\(name)_beats.txt")
      }
      try put(Data("time_s\tclass\tvelocity\n".utf8), "r_onsets.tsv")
    }
  }

  @Test(
    "Every layout yields its songs with the strokes at their times, and says what is missing",
    arguments: CorpusDescription.Kind.allCases)
  func layouts(kind: CorpusDescription.Kind) throws {
    let folder = try TemporaryFolder()
    try Self.write(kind, folder)
    let listing = try CorpusListing(.init(kind: kind, folder: folder.url.path, licence: "ours"))
    #expect(listing.songs.count == 2)
    #expect(listing.dropped.count == 1)
    if [.groove, .slakh, .star].contains(kind) {
      #expect(listing.songs.map(\.role) == [.training, .validation])
    }
    let expected = FakeSong(seconds: 8).onsets.sorted {
      ($0.time, $0.drum.rawValue) < ($1.time, $1.drum.rawValue)
    }
    for song in listing.songs {
      let annotation = try song.annotation()
      let found = annotation.onsets.sorted {
        ($0.time, $0.drum.rawValue) < ($1.time, $1.drum.rawValue)
      }
      #expect(found.map(\.drum) == expected.map(\.drum))
      #expect(zip(found, expected).allSatisfy { abs($0.time - $1.time) < 0.002 })
      switch kind {
      case .groove, .slakh: #expect(found.allSatisfy { $0.velocity == 90 })
      case .game, .mdb: #expect(found.allSatisfy { $0.velocity == 0 })
      case .star: #expect(found.allSatisfy { $0.velocity == 64 })
      case .tsv: #expect(found.allSatisfy { $0.velocity == 100 })
      }
      #expect((kind == .tsv || kind == .groove || kind == .game) == !annotation.beats.isEmpty)
      for path in song.audio { #expect(FileManager.default.fileExists(atPath: path)) }
      #expect(song.audio.count == (kind == .game ? 2 : 1))
    }
  }

  @Test("A source's role overrules its split, and a chart without cymbals is no annotation")
  func roles() throws {
    let folder = try TemporaryFolder()
    try Self.write(.groove, folder)
    let listing = try CorpusListing(
      .init(kind: .groove, folder: folder.url.path, role: .evaluation, licence: "ours"))
    #expect(listing.songs.allSatisfy { $0.role == .evaluation })
    var song = FakeSong(seconds: 8)
    song.strokes = song.strokes.filter { $0.drum != .hihat && $0.drum != .crash }
    let game = try folder.folder("game")
    try song.writeGame(game)
    #expect(throws: TrainingError.self) { try GameSongs.annotation(folder: game.path) }
  }

  @Test("A source needs a kind, a folder and a licence; the rest has defaults")
  func description() throws {
    let text = #"{"sources": {"a": {"kind": "tsv", "folder": "f", "licence": "CC0"}}}"#
    let decoded = try JSONDecoder().decode(CorpusDescription.self, from: Data(text.utf8))
    #expect(decoded.sources["a"]?.role == .split && decoded.sources["a"]?.drumsOnly == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(
        CorpusDescription.self,
        from: Data(text.replacing(#", "licence": "CC0""#, with: "").utf8))
    }
  }

  @Test("What is no folder, or not of the layout, is an error that names it")
  func errors() throws {
    let folder = try TemporaryFolder()
    for kind in CorpusDescription.Kind.allCases {
      let nowhere = folder("nowhere").path
      #expect(throws: (any Error).self) {
        try CorpusListing(.init(kind: kind, folder: nowhere, licence: ""))
      }
    }
    #expect(throws: TrainingError.self) {
      try CorpusListing(.init(kind: .groove, folder: folder.url.path, licence: ""))
    }
  }
}
