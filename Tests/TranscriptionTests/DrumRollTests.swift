import DrumNet
import TensorCore
import Testing

@testable import Transcription

@Suite("Drum hits as a network reads them")
struct DrumRollTests {
  @Test func `a hit belongs to the frames around it`() {
    let onsets = [
      Onset(time: 0.1, drum: .snare), Onset(time: 0.325, drum: .kick, confidence: 0.8),
      Onset(time: 0.33, drum: .kick, confidence: 0.2), Onset(time: 7, drum: .crash),
    ]
    let roll = DrumRoll.values(of: onsets, frames: 20)
    let classes = DrumClass.allCases.count
    #expect(roll.count == 20 * classes)
    func value(_ frame: Int, _ drum: DrumClass) -> Float { roll[frame * classes + drum.rawValue] }
    #expect(value(5, .snare) == 1 && value(6, .snare) == 0)
    #expect(abs(value(16, .kick) - 0.6) < 1e-6)
    #expect(abs(value(17, .kick) - 0.2) < 1e-6)
    #expect(roll.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } == 3)
  }

  @Test func `a network comes back from its text`() throws {
    let network = BeatNetwork(BeatSettings(), parameters: Parameters(random: Random(seed: 9)))
    let source = BeatNetworkTable.sourceFile(of: network)
    let again = try #require(BeatNetworkTable.network(sourceFile: source))
    for (one, other) in zip(network.parameters.all, again.parameters.all) {
      let columns = one.tensor.shape.last ?? 1
      let (values, read) = (one.tensor.values, other.tensor.values)
      for row in stride(from: 0, to: values.count, by: columns) {
        let scale = values[row..<row + columns].map(abs).max() ?? 0
        #expect(
          (row..<row + columns).allSatisfy { abs(values[$0] - read[$0]) <= scale * 0.0112 },
          "\(one.name)")
      }
    }
  }

  @Test func `text of another network, cut short or with a line too many is none`() {
    let network = BeatNetwork(BeatSettings(), parameters: Parameters(random: Random(seed: 9)))
    let source = BeatNetworkTable.sourceFile(of: network)
    #expect(BeatNetworkTable.network(sourceFile: source) != nil)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let short = lines[..<7] + lines[8...]
    let long = lines[..<8] + lines[7...]
    var settings = BeatSettings()
    settings.width = 32
    let narrow = BeatNetwork(settings, parameters: Parameters(random: Random(seed: 9)))
    for text in [
      "", "weights", short.joined(separator: "\n"), long.joined(separator: "\n"),
      BeatNetworkTable.sourceFile(of: narrow),
    ] {
      #expect(BeatNetworkTable.network(sourceFile: text) == nil)
    }
  }

  @Test func `the network that ships hears the backbeat of a rock song`() {
    let beat = 0.5
    let onsets = (0..<64).flatMap { n -> [Onset] in
      let time = 1 + Double(n) * beat
      return [
        Onset(time: time, drum: n % 2 == 0 ? .kick : .snare), Onset(time: time, drum: .hihat),
        Onset(time: time + beat / 2, drum: .hihat),
      ]
    }
    let frames = 1_700
    let heard = BeatNetworkTable.shipped()
      .probabilities(roll: DrumRoll.values(of: onsets, frames: frames), frames: frames)
    for n in 8..<56 {
      let frame = Int((1 + Double(n) * beat) * BeatNetwork.framesPerSecond)
      #expect(heard[2 * frame] > 0.5)
      #expect(heard[2 * (frame + 12)] < 0.2)
    }
  }
}
