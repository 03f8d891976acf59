internal import Artwork
internal import Audio
internal import ChartFormat
internal import Transcription

/// The files of a chart folder.
enum ChartFiles {
  /// What the games show as the chart's author.
  static let charter = "Chart Hero"
  static let audioName = "song.ogg"

  /// What the tags say, in the chart's terms.
  static func metadata(_ tags: SongTags) -> SongMetadata {
    let title = tags.title ?? "Untitled"
    var song = SongMetadata(title: title, artist: tags.artist ?? "Unknown Artist")
    // Song lists want an album; a song without one counts as a single.
    song.album = tags.album ?? title
    song.genre = tags.genre ?? SongMetadata.unknown
    song.year = tags.year ?? SongMetadata.unknown
    song.charter = charter
    song.albumTrack = tags.track
    song.loadingPhrase = "Charted by Chart Hero, which listened to the drums"
    return song
  }

  static func folderName(_ song: SongMetadata) -> String {
    SafeName.folder(artist: song.artist, title: song.title, charter: song.charter)
  }

  /// What was written.
  struct Written {
    /// With the real length of its audio.
    var chart: Chart
    /// What the audio was multiplied by so that it does not clip.
    var gain: Float
    /// What is wrong with the finished folder.
    var issues: [ChartIssue]
  }

  /// Writes all four files, waits until the disk has them, and reads the folder back as a game
  /// would.
  static func write(
    _ heard: Transcription, picture: EmbeddedPicture?, audio: OggWriter,
    format: ChartFileFormat, to folder: borrowing OutputFolder
  ) throws -> Written {
    let written = try audio.finish(leadIn: heard.leadIn)
    try Disk.synchronize(folder.file(audioName))
    var chart = heard.chart
    chart.metadata.songLength = Int((written.seconds * 1_000).rounded())
    let art = try AlbumArt.png(
      picture: picture?.bytes, title: chart.metadata.title, artist: chart.metadata.artist)
    try Disk.write(art, to: folder.file("album.png"))
    try Disk.write(format.bytes(of: chart), to: folder.file(format.fileName))
    let settings = SongINI(metadata: chart.metadata).text()
    try Disk.write(Array(settings.utf8), to: folder.file("song.ini"))
    let issues = try ChartFolder(path: folder.path).issues(audioDuration: written.seconds)
    return Written(chart: chart, gain: written.gain, issues: issues)
  }
}
