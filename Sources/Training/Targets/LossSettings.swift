/// What is added to or changed in the weighted cross-entropy of ``TargetSettings``.
package struct LossSettings: Codable, Hashable, Sendable {
  /// Exponent of the focal loss over the questions of yes and no; 0 is plain cross-entropy, 2 is
  /// the paper's.
  package var focus: Float = 0
  /// Share by which the targets of these questions are drawn to one half.
  package var smoothing: Float = 0
  /// Weight of the temporal-consistency term over the onset columns.
  package var consistency: Float = 0
  /// Weight of the tokens' cross-entropy in networks that answer in tokens, 1 where absent;
  /// smoothing holds for it too.
  package var tokens: Float?

  package init() {}

  /// What is wrong with these, if anything.
  package var fault: String? {
    if !(focus >= 0) { return "the focus is below 0" }
    if !(0..<1).contains(smoothing) { return "the smoothing is not a share" }
    if let tokens, !(tokens >= 0) { return "the tokens' weight is below 0" }
    if !(consistency >= 0) { return "the consistency's weight is below 0" }
    return nil
  }
}
