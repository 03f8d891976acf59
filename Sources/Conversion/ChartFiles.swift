internal import Artwork
internal import Audio
internal import ChartFormat
internal import Transcription

/// The files of a chart folder.
enum ChartFiles {
  /// What the games show as the chart's author.
  static let charter = "Chart Hero"

  /// What the tags say, in the chart's terms.
  static func metadata(_ tags: SongTags) -> SongMetadata {
    let title = tags.title ?? "Untitled"
    var song = SongMetadata(title: title, artist: tags.artist ?? "Unknown Artist")
    // Song lists want an album; a song without one counts as a single.
    song.album = tags.album ?? title
    if let genre = tags.genre { song.genre = genre }
    song.year = tags.year ?? ""
    song.charter = charter
    song.albumTrack = tags.track
    song.loadingPhrase = "Charted by Chart Hero, which listened to the drums"
    return song
  }

  static func folderName(_ song: SongMetadata) -> String {
    SafeName.folder(artist: song.artist, title: song.title, charter: song.charter)
  }

  /// Writes all four files and waits until the disk has them.
  ///
  /// - Returns: the chart as written, with the real length of its audio.
  static func write(
    _ heard: Transcription, song: DecodedSong, quality: Double, to folder: borrowing OutputFolder
  ) throws -> Chart {
    let audio = folder.file("song.ogg")
    let seconds = try OggWriter.write(
      song.buffer, leadIn: heard.leadIn, to: audio, quality: quality)
    try Disk.synchronize(audio)
    var chart = heard.chart
    chart.metadata.songLength = Int((seconds * 1_000).rounded())
    let art = try AlbumArt.png(
      picture: song.tags.picture?.bytes, title: chart.metadata.title,
      artist: chart.metadata.artist)
    try Disk.write(art, to: folder.file("album.png"))
    try Disk.write(Array(ChartText.write(chart).utf8), to: folder.file("notes.chart"))
    let settings = SongINI(metadata: chart.metadata).text()
    try Disk.write(Array(settings.utf8), to: folder.file("song.ini"))
    return chart
  }
}
