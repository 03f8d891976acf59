import DrumNet
import Foundation
import FoundationXML
import Spectral
import Testing
import Training
import Transcription

@Suite struct EvaluationPageTests {
  private let model = {
    let network = NetworkSettings.hybrid(.tiny)
    return DrumModel(
      network: network.makeNetwork(bins: 128, seed: 1),
      settings: ModelSettings(name: "a <tiny> model", network: network, mel: MelSettings()))
  }()

  /// Two seconds of clicks, annotated as kicks that an untrained network does not hear.
  private var set: EvaluationSet {
    EvaluationSet(title: "clicks & silence", count: 2) { index in
      var audio = [Float](repeating: 0, count: 88_200)
      audio[22_050] = 0.9
      return AnnotatedRecording(
        name: "song \(index)", audio: audio, onsets: [Onset(time: 0.5, drum: .kick)], beats: [])
    }
  }

  @Test("The page holds the table, the worst songs and their missed onsets, and is well-formed")
  func page() throws {
    let evaluator = Evaluator(model: model)
    var told: [Int] = []
    let table = try evaluator.table(set) { told.append($0) }
    #expect(told == [1, 2])
    var page = EvaluationPage(model: model, command: "charthero-train evaluate --model <file>")
    try page.add(table, of: set)
    let comparison = try #require(ScoreComparison(table, table))
    page.add(comparison)
    let html = page.html
    #expect(html.contains("missed kick at 0.500 s"))
    #expect(html.contains("clicks &amp; silence") && html.contains("a &lt;tiny&gt; model"))
    #expect(html.contains("data:image/png;base64,iVBORw0KGgo"))
    let marked = html.replacing("<!doctype html>", with: "").replacing(
      "<meta charset=\"utf-8\">", with: "")
    let parser = XMLParser(data: Data(marked.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
  }

  @Test("A summary survives JSON with every figure that the table prints")
  func summary() throws {
    let table = try Evaluator(model: model).table(set) { _ in }
    let text = try JSONEncoder().encode(ScoreSummary(table))
    let back = try JSONDecoder().decode(ScoreSummary.self, from: text)
    #expect(back.f5 == table.total(.five).f && back.songs.map(\.name) == ["song 0", "song 1"])
    #expect(back.classes["kick"]?.annotated == 2 && back.intervals["above 250 ms"] == 0)
  }
}
