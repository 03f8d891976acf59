import Conversion
import Foundation
import Testing

@Suite("What tells songs and charts apart")
struct SHA256Tests {
  @Test(
    "SHA-256 of the standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 100_000),
        "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"
      ),
    ])
  func sha256(text: String, hash: String) {
    #expect(ChartMarker.hexadecimal(SHA256.hash(text.utf8)) == hash)
  }

  @Test("the same hash however the bytes are cut into pieces", arguments: [1, 55, 63, 64, 65, 129])
  func pieces(size: Int) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: size) {
      hash.update(bytes[start..<min(start + size, bytes.count)])
    }
    #expect(hash.finish() == SHA256.hash(bytes))
  }

  @Test("a marker comes back as it was written, and knows its chart from another")
  func marker() throws {
    let chart = Array("[Song]".utf8)
    var marker = ChartMarker(song: SHA256.hash([1, 2]), chart: chart)
    marker.job = 7
    marker.source = "/in/bänd.mp3"
    let read = try #require(ChartMarker(marker.bytes))
    #expect(read == marker)
    #expect(read.isUntouched(chart))
    #expect(!read.isUntouched(chart + [10]))
    #expect(!read.isUntouched(nil))
    #expect(ChartMarker(Array("{}".utf8)) == nil)
    #expect(ChartMarker([0xff]) == nil)
  }
}
