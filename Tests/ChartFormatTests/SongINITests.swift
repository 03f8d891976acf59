import ChartFormat
import Testing

@Suite("song.ini")
struct SongINITests {
  @Test("The file is written with one space round each =, typed values and no empty keys")
  func exactForm() {
    var metadata = SongMetadata(title: "Title", artist: "Artist")
    metadata.album = "Album"
    metadata.genre = "Rock"
    metadata.year = "2024"
    metadata.charter = "Name"
    metadata.songLength = 214_320
    metadata.previewStart = 61_450
    metadata.difficulty = 4
    #expect(
      SongINI(metadata: metadata).text() == """
        [song]
        name = Title
        artist = Artist
        album = Album
        genre = Rock
        year = 2024
        charter = Name
        song_length = 214320
        preview_start_time = 61450
        preview_end_time = 91450
        diff_drums = 4
        diff_drums_real = 4
        pro_drums = True
        delay = 0

        """)
  }

  @Test("Reading what was written gives the same metadata", arguments: 0..<20)
  func roundTrip(seed: UInt64) throws {
    var generator = ChartGenerator(seed: seed)
    var metadata = generator.chart().metadata
    metadata.title = "T" + metadata.title + " = ; [x] \"y\""
    metadata.album += "A"
    metadata.genre += "G"
    metadata.songLength = Int(seed) * 4_321
    metadata.previewStart = seed % 2 == 0 ? Int(seed) * 100 : nil
    metadata.albumTrack = seed % 3 == 0 ? Int(seed) : nil
    metadata.loadingPhrase = seed % 4 == 0 ? "heard by a machine" : ""
    let ini = SongINI(metadata: metadata)
    #expect(try SongINI(ini.text()) == ini)
  }

  @Test("The preview never ends after the song")
  func previewEnd() {
    var metadata = SongMetadata(title: "T", artist: "A")
    metadata.songLength = 70_000
    metadata.previewStart = 61_000
    #expect(SongINI(metadata: metadata).text().contains("preview_end_time = 70000\n"))
  }

  @Test("Real files are read: any case, comments, aliases, broken values, several sections")
  func forgiving() throws {
    let ini = try SongINI(
      """
      \u{FEFF}; made by hand
      [Song]
      NAME=Title = more
      artist =   Artist
      frets = Someone
      track = 7
      diff_drums_real = 3
      diff_drums = x
      pro_drums = 1
      delay = -20
      song_length = 12.5
      broken line
      [other]
      name = wrong
      """)
    #expect(ini.metadata.title == "Title = more")
    #expect(ini.metadata.artist == "Artist")
    #expect(ini.metadata.charter == "Someone")
    #expect(ini.metadata.albumTrack == 7)
    #expect(ini.metadata.difficulty == 3)
    #expect(ini.metadata.songLength == 0)
    #expect(ini.isProDrums)
    #expect(ini.delay == -20)
  }

  @Test("A file without [song] is refused")
  func refused() {
    let error = #expect(throws: ChartError.self) { try SongINI("name = Title\n") }
    #expect(error?.description == "song.ini: there is no [song] section")
  }
}
