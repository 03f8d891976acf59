/// Why a picture could not be made: only when memory runs out.
package struct ArtworkError: Error, Hashable, Sendable, CustomStringConvertible {
  package var reason: String
  package var description: String { "Cannot make the picture: \(reason)" }
}
