import Conversion
import Testing

@Suite("Folder names")
struct SafeNameTests {
  func folder(_ artist: String, _ title: String) -> String {
    SafeName.folder(artist: artist, title: title, charter: "Chart Hero")
  }

  @Test func `they follow the pattern of chart collections`() {
    #expect(folder("Band", "Song") == "Band - Song (Chart Hero)")
    #expect(folder("AC/DC", "What's Next?") == "AC／DC - What's Next？ (Chart Hero)")
    #expect(folder("", " \u{0}") == "Unknown Artist - Untitled (Chart Hero)")
    #expect(folder("...And You", "Song...") == "And You - Song... (Chart Hero)")
  }

  @Test func `what Windows forbids becomes a look-alike`() {
    #expect(SafeName.component("<>:\"/\\|?*") == "❮❯꞉'／⧵⏐？⁎")
  }

  @Test(arguments: [
    "../../x", "/etc/passwd", "a\0b", "a\nb", ".", "..", "...", "", " ", ".hidden", "x. ", "CON",
    "con.txt", "LPT1", "\u{202E}gpj.exe", "\u{FEFF}", "\u{FFFF}",
    String(repeating: "ä", count: 10_000),
    "e" + String(repeating: "\u{301}", count: 5_000), String(repeating: "👩‍👩‍👧‍👦", count: 100),
  ])
  func `hostile text gives a plain visible name of at most 120 bytes`(text: String) {
    for name in [SafeName.component(text), folder(text, text), folder("A", text)] {
      #expect((1...120).contains(name.utf8.count))
      #expect(!name.contains { "/\0\n<>:\"\\|?*".contains($0) })
      #expect(!name.hasPrefix(".") && !name.hasSuffix(".") && !name.hasSuffix(" "))
      #expect(!["CON", "con.txt", "LPT1"].contains(name))
      #expect(!name.unicodeScalars.contains { ["\u{202E}", "\u{FEFF}", "\u{FFFF}"].contains($0) })
    }
  }

  @Test func `accents are composed, so that one name has one spelling`() {
    #expect(Array(SafeName.component("Zo\u{65}\u{308}").utf8) == Array("Zo\u{EB}".utf8))
  }

  @Test func `a cut never splits a character`() {
    let family = "👩‍👩‍👧‍👦"
    let name = SafeName.component(String(repeating: family, count: 100))
    #expect(name.allSatisfy { String($0) == family })
    #expect(!name.isEmpty)
  }

  @Test func `a long artist leaves room for the title`() {
    let long = String(repeating: "Orchestra ", count: 30)
    let name = folder(long, "The Title of the Song")
    #expect(name.contains("The Title of the Song (Chart Hero)"))
    #expect(name.utf8.count <= 120)
    #expect(folder("The Band", long).hasPrefix("The Band - Orchestra"))
  }
}
