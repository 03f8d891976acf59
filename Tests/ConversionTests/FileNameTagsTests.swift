import Conversion
import Testing

@Suite("Artist and title from file names")
struct FileNameTagsTests {
  @Test(
    arguments: [
      ("Artist - Title.mp3", "Artist", "Title", nil),
      ("01 - Artist - Title.flac", "Artist", "Title", 1),
      ("01 Title.ogg", nil, "Title", 1),
      ("01. Title.ogg", nil, "Title", 1),
      ("12 - Title.ogg", nil, "Title", 12),
      ("1-07 Title.ogg", nil, "Title", 7),
      ("Some_Artist_-_Some_Title.wav", "Some Artist", "Some Title", nil),
      ("Artist – Title – Live.mp3", "Artist", "Title - Live", nil),
      ("Artist - Album - 03 - Title.mp3", "Artist", "Title", 3),
      ("99 Luftballons.mp3", nil, "99 Luftballons", nil),
      ("7 Years.mp3", nil, "7 Years", nil),
      ("Band - Song (Official Video) [dQw4w9WgXcQ].opus", "Band", "Song", nil),
      ("/music/Band/Song.mp3", nil, "Song", nil),
      ("Mr. Brightside", nil, "Mr. Brightside", nil),
      ("no extension at all", nil, "no extension at all", nil),
      (".mp3", nil, ".mp3", nil), ("", nil, "Untitled", nil),
      (" - .mp3", nil, "-", nil),
      ("a\u{0}b.wav", nil, "a\u{0}b", nil),
    ] as [(String, String?, String, Int?)])
  func `the usual patterns are understood`(
    name: String, artist: String?, title: String, track: Int?
  ) {
    let tags = FileNameTags(name: name)
    #expect(tags.artist == artist)
    #expect(tags.title == title)
    #expect(tags.track == track)
  }

  @Test func `the album is found between artist and track`() {
    #expect(FileNameTags(name: "Artist - Album - 03 - Title.mp3").album == "Album")
  }
}
