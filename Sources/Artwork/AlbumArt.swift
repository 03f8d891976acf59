/// The song's `album.png`.
package enum AlbumArt {
  /// Pixels of each side: the one size that every game and every reviewer accepts.
  package static let side = 512

  /// A PNG of the embedded picture, cropped to its central square, or of a card drawn from title
  /// and artist where there is no picture or none that can be read.
  package static func png(picture: [UInt8]?, title: String, artist: String) throws(ArtworkError)
    -> [UInt8]
  {
    if let picture, let cover = Image(decoding: picture) {
      return try cover.square(side: side).png()
    }
    return try Card(title: title, artist: artist).draw(side: side).png()
  }
}
