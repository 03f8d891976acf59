/// What `song.ini` and the `[Song]` section say about the song.
package struct SongMetadata: Hashable, Sendable {
  package var title: String
  package var artist: String
  package var album = "Unknown Album"
  package var genre = "Unknown Genre"
  /// Four digits; `unknown`, or empty, when nobody knows.
  package var year = ""
  package var charter = "Chart Hero"
  package var albumTrack: Int?
  /// Milliseconds of the final (padded) audio.
  package var songLength = 0
  /// Milliseconds; the point where the game's preview starts.
  package var previewStart: Int?
  /// 0...6.
  package var difficulty: Int?
  package var loadingPhrase = ""

  /// Written for a genre or a year that nobody knows. Without a word of their own the checkers of
  /// charts would complain, and with the games' default words too.
  package static let unknown = "Unknown"

  package init(title: String, artist: String) {
    self.title = title
    self.artist = artist
  }
}
