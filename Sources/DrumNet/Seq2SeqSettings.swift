/// Sizes of a ``Seq2SeqNetwork``.
package struct Seq2SeqSettings: Codable, Hashable, Sendable {
  /// What hears; its width is the decoder's too.
  package var encoder = HybridSettings()
  /// Frames whose strokes are written down as one sequence of tokens, a token for each frame among
  /// them. Short, so that sequences are short and many go side by side.
  package var segmentFrames = 128
  /// Frames beyond each end of a segment that its sequence hears as well.
  package var marginFrames = 16
  package var layers = 3
  package var heads = 4
  package var hidden = 640
  /// Steps of loudness from 1 to 127.
  package var velocities = 16
  /// The most tokens of a sequence: a segment of 1.28 s holds two rolls at sixteen strokes a second
  /// in a hundred.
  package var maximumTokens = 160
  package var dropout = 0.1
  /// Sequences that decoding follows side by side: 1 takes the likeliest token each time.
  package var beam = 1

  package init() {}

  package var frameMultiple: Int { encoder.frameMultiple }

  /// A segment and its margins in tokens of the encoder.
  var segmentTokens: Int { segmentFrames / encoder.framesPerToken }
  var marginTokens: Int { marginFrames / encoder.framesPerToken }

  /// What is wrong with these sizes, if anything.
  package var fault: String? {
    if let fault = encoder.fault { return fault }
    let sizes = [segmentFrames, layers, heads, hidden, maximumTokens, beam]
    if sizes.contains(where: { !(1...65_536).contains($0) }) { return "a size is out of range" }
    if layers > 256 { return "too many layers" }
    if !(0...65_536).contains(marginFrames) { return "the margin is out of range" }
    if segmentFrames % frameMultiple != 0 || marginFrames % frameMultiple != 0 {
      return "segments and their margins do not hold whole tokens of the encoder"
    }
    if encoder.width % heads != 0 { return "the decoder's heads do not divide its width" }
    if !(1...127).contains(velocities) { return "there are 1 to 127 velocities" }
    if !(0..<1).contains(dropout) { return "dropout is not a share" }
    return nil
  }

  /// For tests and for trying out a training run: about 0.3 million weights.
  package static let tiny: Seq2SeqSettings = {
    var settings = Seq2SeqSettings()
    settings.encoder.stemChannels = [8, 16, 16, 32]
    settings.encoder.width = 64
    settings.encoder.blocks = 2
    settings.encoder.heads = 2
    settings.layers = 2
    settings.heads = 2
    settings.hidden = 128
    return settings
  }()

  /// About 3.5 million weights: the encoder of ``HybridSettings/small``.
  package static let small = Seq2SeqSettings()
}
