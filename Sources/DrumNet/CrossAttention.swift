internal import TensorCore

/// Attention across frequency and then across time, between the stem and the tokens.
package struct CrossAttentionSettings: Codable, Hashable, Sendable {
  package var blocks = 1
  package var heads = 2
  /// Frames to each side that the attention across time sees: a whole window of frames, for every
  /// band, would cost more than the rest of the network.
  package var reach = 16

  package init() {}
}

/// One band of one frame hears the other bands of its frame, then its own band in the frames around
/// (axial attention, Ho et al. 2019).
struct CrossAttentionBlock {
  private let dropout: BranchDropout
  private let acrossBands: SelfAttention
  private let acrossTime: SelfAttention

  init(
    _ name: String, _ p: Parameters, _ settings: CrossAttentionSettings, channels: Int,
    _ dropout: BranchDropout
  ) {
    self.dropout = dropout
    acrossBands = SelfAttention(
      name + ".bands", p, width: channels, heads: settings.heads)
    acrossTime = SelfAttention(
      name + ".time", p, width: channels, heads: settings.heads, reach: settings.reach)
  }

  /// x (batch, frames, bands, channels) -> the same.
  func forward(_ x: Tensor, lengths: [Int]?, _ tape: Tape?) -> Tensor {
    let (batch, frames, bands, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    // moments (batch * frames, bands, channels)
    let moments = x.reshape([batch * frames, bands, channels], tape)
    let h = acrossBands.add(to: moments, lengths: nil, dropout, tape)
    // lines (batch * bands, frames, channels)
    let lines = h.reshape([batch, frames, bands, channels], tape).swapped(tape)
      .reshape([batch * bands, frames, channels], tape)
    let ends = lengths?.flatMap { [Int](repeating: $0, count: bands) }
    return acrossTime.add(to: lines, lengths: ends, dropout, tape)
      .reshape([batch, bands, frames, channels], tape).swapped(tape)
  }
}
