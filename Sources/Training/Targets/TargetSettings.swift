/// How annotations become the numbers that the loss compares the network with.
package struct TargetSettings: Codable, Hashable, Sendable {
  /// Target of the frames next to an onset whose time falls exactly on a frame.
  package var neighbour: Float = 0.5
  /// By how much, as a share of `neighbour`, the two lean towards a time one frame off. With 0.5
  /// and 2 the parabola through the three frames peaks exactly at the onset's time, and an onset
  /// half way between two frames gives both the full target.
  package var lean: Float = 2
  /// Weight of a full onset frame against an empty frame (1): onsets are rare.
  package var positiveWeight: Float = 2.5
  /// Weight of the velocity regression at onset frames; 0 elsewhere.
  package var velocityWeight: Float = 0.5
  /// Weight of open against closed at hi-hat onsets.
  package var opennessWeight: Float = 0.5
  /// Weight of the any-onset column.
  package var anyOnsetWeight: Float = 0.5
  /// Weight of beat and downbeat frames, where the beats are known.
  package var beatWeight: Float = 0.5
  /// Weight of a full beat frame against an empty one.
  package var beatPositiveWeight: Float = 5
  /// Frames by which a beat may be heard early or late without loss; 0 asks for its very frame,
  /// and half for the two beside it.
  package var beatTolerance = 0

  package init() {}
}
