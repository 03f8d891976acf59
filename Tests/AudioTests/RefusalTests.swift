import Audio
import Foundation
import TestSupport
import Testing

@Suite("Files that are no songs")
struct RefusalTests {
  func reason(_ bytes: [UInt8], limits: DecodeLimits = DecodeLimits()) throws -> String {
    let error = try #require(throws: AudioError.self) { try decode(bytes, limits: limits) }
    #expect(error.name == "song.mp3")
    #expect(error.description == "Cannot read song.mp3: \(error.reason)")
    return error.reason
  }

  @Test(
    arguments: [
      ([], "the file is empty"),
      (Array("Just some words.\n".utf8), "it is text, not audio"),
      ([0, 0, 0, 0x20] + Array("ftypM4A isom".utf8), "it is MP4 or M4A audio"),
      (Array("MThd".utf8) + [0, 0, 0, 6], "it is a MIDI file"),
      ([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "it is WMA audio"),
      (Array("PK\u{3}\u{4}".utf8), "it is a ZIP archive"),
      ([0x89, 0x50, 0x4E, 0x47], "it is a PNG picture"),
      (Array("RIFF\u{0}\u{0}\u{0}\u{0}AVI LIST".utf8), "it is an AVI video"),
      (Array("#EXTM3U\nsong.mp3\n".utf8), "it is a playlist"),
      ([UInt8](repeating: 0, count: 5_000), "its format is not known"),
      (ID3Builder().bytes, "it holds tags but no audio"),
    ] as [([UInt8], String)])
  func `each is refused with its own plain reason`(bytes: [UInt8], start: String) throws {
    #expect(try reason(bytes).hasPrefix(start))
  }

  @Test func `missing files, folders and pipes are refused at once`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: AudioError.self) { try AudioFile.decode(path: folder("none.mp3").path) }
    #expect(throws: AudioError.self) { try AudioFile.decode(path: folder.url.path) }
    #expect(unsafe mkfifo(folder("pipe").path, 0o600) == 0)
    #expect(throws: AudioError.self) { try AudioFile.decode(path: folder("pipe").path) }
  }

  @Test func `lying WAV headers give audio or a reason, never a crash`() throws {
    let honest = RIFF.bursts(bits: 16)
    func changed(_ change: (inout RIFF) -> Void) -> [UInt8] {
      var riff = honest
      change(&riff)
      return riff.bytes
    }
    // Sizes that do not matter: all the audio is there.
    for bytes in [
      changed { $0.claimedSize = 0 }, changed { $0.claimedSize = 0xFFFF_FFFF },
      changed { $0.claimedSize = 7 }, changed { $0.claimedDataSize = 0x7FFF_FFF0 },
    ] {
      #expect(try decode(bytes).buffer.frameCount == Bursts.length)
    }
    // Nonsense.
    for bytes in [
      changed { $0.channels = 0 }, changed { $0.rate = 1 }, changed { $0.rate = 0 },
      changed { $0.channels = 200 }, changed { $0.rate = 1_000_000 },
      changed { $0.hasFormat = false }, changed { $0.data = [] }, changed { $0.formatTag = 0x1234 },
      Array(honest.bytes.prefix(20)), Array(honest.bytes.prefix(44)),
    ] {
      #expect(throws: AudioError.self) { try decode(bytes) }
    }
    for bytes in [
      changed { $0.blockAlign = 0 }, changed { $0.bits = 0 }, changed { $0.bits = 13 },
      changed { $0.claimedDataSize = 0 }, changed { $0.claimedDataSize = 0xFFFF_FFFF },
    ] {
      if let song = try? decode(bytes) {
        #expect(song.buffer.channels[0].allSatisfy { $0.isFinite })
      }
    }
  }

  @Test func `a data size that is cut short gives what is there`() throws {
    let bytes = RIFF.bursts(bits: 16).bytes
    #expect(try decode(Array(bytes.prefix(44 + 20_000))).buffer.frameCount == 10_000)
    for name in ["bursts.flac", "bursts.ogg", "bursts.opus", "bursts.oga"] {
      let whole = try Bursts.fixture(name)
      for length in stride(from: 0, to: whole.count, by: whole.count / 7) {
        if let song = try? decode(Array(whole.prefix(length))) {
          #expect(song.buffer.channels[0].allSatisfy { $0.isFinite })
        }
      }
    }
  }

  @Test func `limits hold before and while decoding`() throws {
    let wav = RIFF.bursts(bits: 16, channels: 2).bytes
    let mp3 = try Bursts.fixture("bursts.mp3")
    var limits = DecodeLimits()
    limits.seconds = 0.5
    #expect(try reason(wav, limits: limits).hasPrefix("it lasts longer than the limit"))
    #expect(try reason(mp3, limits: limits).hasPrefix("it lasts longer than the limit"))
    limits = DecodeLimits()
    limits.channels = 1
    #expect(try reason(wav, limits: limits).hasPrefix("it has 2 channels"))
    limits = DecodeLimits()
    limits.sampleRates = 8_000...22_050
    #expect(try reason(wav, limits: limits).contains("44100 Hz"))
    #expect(try reason(mp3, limits: limits).contains("44100 Hz"))
    limits = DecodeLimits()
    limits.samples = 40_000
    #expect(try reason(wav, limits: limits).contains("memory"))
    limits.samples = 20_000
    #expect(try reason(mp3, limits: limits).contains("memory"))
    limits = DecodeLimits()
    limits.fileBytes = 1_000
    #expect(try reason(mp3, limits: limits).hasPrefix("it is larger than the limit"))
  }

  @Test func `random changes anywhere never crash a decoder`() throws {
    var state: UInt64 = 42
    func next(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    for name in ["bursts.mp3", "bursts.flac", "bursts.ogg", "bursts.opus", "bursts.oga"] {
      let bytes = try Bursts.fixture(name)
      for _ in 0..<25 {
        var damaged = bytes
        for _ in 0..<1 + next(8) { damaged[next(damaged.count)] = UInt8(next(256)) }
        if let song = try? decode(damaged) {
          #expect(song.buffer.channels.allSatisfy { $0.allSatisfy { $0.isFinite } })
        }
      }
    }
  }
}
