import Audio
import ChartFormat
import DrumNet
import Foundation
import Transcription

/// One call of `charthero listen`: hears, prints and keeps account.
struct ListenSession: Sendable {
  let model: String
  let minimumConfidence: Double
  let delay: Double
  let printsJSON: Bool

  /// Hears what `input` hands out until it ends, prints the hits and then the summary.
  func run(
    _ model: DrumModel, sampleRate: Int,
    input: ((AudioBuffer) throws(AudioError) -> Void) throws -> Void
  ) throws -> [Onset] {
    let live = try LiveHearing(
      model: model, sampleRate: sampleRate, delay: delay, minimumConfidence: minimumConfidence)
    var onsets: [Onset] = []
    var clock = LatenessClock(sampleRate: sampleRate)
    func tell(_ hits: [Onset]) {
      for hit in hits {
        print(line(hit, lateness: clock.lateness(of: hit)))
        onsets.append(hit)
      }
      // Who reads a pipe wants each hit now.
      if !hits.isEmpty { fflush(nil) }
    }
    try input { (block) throws(AudioError) in
      clock.arrived(block.frameCount)
      let hits = try clock.measure { () throws(AudioError) in try live.append(block) }
      tell(hits)
    }
    clock.end()
    tell(try clock.measure { () throws(AudioError) in try live.finish() })
    say(clock.summary(hits: onsets.count, asJSON: printsJSON))
    return onsets
  }

  /// Hears the whole song as `transcribe` does, and says how far the hits agree.
  func compare(_ heard: [Onset], with song: SongSurvey, _ model: DrumModel) throws {
    let whole = PeakPicking.onsets(
      in: try Transcriber(model: model).activations(of: song),
      calibration: model.settings.calibration, minimumConfidence: minimumConfidence)
    let all = OnsetAgreement(heard, whole)
    var shares: [(name: String, agreement: OnsetAgreement)] = [("all", all)]
    for drum in DrumClass.allCases {
      let agreement = OnsetAgreement(heard, whole, of: [drum])
      if agreement.first + agreement.second > 0 { shares.append((drum.name, agreement)) }
    }
    if printsJSON {
      say(
        "{\"f\":{"
          + shares.map { "\"\($0.name)\":\(Figures.decimal($0.agreement.fMeasure, 4))" }
          .joined(separator: ",") + "},\"hits\":\(all.first),\"offline_hits\":\(all.second)}")
    } else {
      let figures = shares.map { "\($0.name) \(Figures.decimal($0.agreement.fMeasure, 3))" }
      say("F at 50 ms against the song heard as a whole: " + figures.joined(separator: ", "))
    }
  }

  private func line(_ hit: Onset, lateness: Double?) -> String {
    let time = Figures.decimal(hit.time, 3)
    let confidence = Figures.decimal(hit.confidence, 3)
    guard printsJSON else {
      let open = hit.isOpen ? "\topen" : ""
      return "\(time)\t\(hit.drum.name)\t\(confidence)\t\(hit.velocity)\(open)"
    }
    let late = lateness.map { ",\"late\":\(Figures.decimal($0, 3))" } ?? ""
    return "{\"time\":\(time),\"class\":\"\(hit.drum.name)\",\"confidence\":\(confidence),"
      + "\"velocity\":\(hit.velocity),\"open\":\(hit.isOpen)\(late)}"
  }

  private func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
