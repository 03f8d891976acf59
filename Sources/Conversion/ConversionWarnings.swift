internal import Audio
internal import ChartFormat
internal import DrumNet
internal import Transcription

/// What a person should know before trusting a chart, a sentence each, without full stop.
struct ConversionWarnings {
  /// Expert notes a second; human charts have 5.6 or more in 95 of 100 songs.
  private static let fewNotes = 1.5
  /// Seconds without a hit in the middle of a song.
  private static let longRest = 30.0
  /// Mean calibrated probability: below it four of ten hits may be wrong.
  private static let littleConfidence = 0.6
  /// Seconds between the beats and their grid lines at the 95th percentile.
  private static let looseFit = 0.03

  let song: Transcription
  let chart: Chart
  /// As they stand in the file.
  let tags: SongTags
  /// What the audio was multiplied by.
  let gain: Float

  var sentences: [String] { naming + drums + tempo + audio }

  private var naming: [String] {
    let metadata = chart.metadata
    switch (tags.title, tags.artist) {
    case (nil, nil): return ["no tags: named from the file"]
    case (nil, _): return ["no title in the tags: \"\(metadata.title)\" is from the file's name"]
    case (_, nil):
      return ["no artist in the tags: \"\(metadata.artist)\" is a guess"]
    default:
      let missing = [
        (tags.album, "album"), (tags.year, "year"), (tags.genre, "genre"),
      ].filter { $0.0 == nil }.map(\.1)
      return missing.isEmpty ? [] : ["the tags have no \(missing.joined(separator: ", no "))"]
    }
  }

  private var drums: [String] {
    var sentences: [String] = []
    let facts = ChartFacts(chart)
    let density = facts.tiers[.expert]?.notesPerSecond ?? 0
    let notes = facts.tiers[.expert]?.notes ?? 0
    if notes < 30 || density < Self.fewNotes {
      sentences.append(
        "few drums heard: \(notes) notes, \(Figures.decimal(density, 1)) a second")
    }
    let times = song.onsets.map { $0.time + song.leadIn }
    for (a, b) in zip(times, times.dropFirst()) where b - a >= Self.longRest {
      sentences.append("no drums heard between \(Figures.clock(a)) and \(Figures.clock(b))")
    }
    let confidence = ConversionReport.mean(song.onsets.map(\.confidence)) ?? 1
    if confidence < Self.littleConfidence {
      sentences.append(
        "the hits are heard with little confidence (\(Figures.decimal(confidence, 2)) of 1)")
    }
    return sentences
  }

  private var tempo: [String] {
    var sentences = TempoDoubt.spans(song).map {
      "tempo uncertain between \(Figures.clock($0.lowerBound)) and \(Figures.clock($0.upperBound))"
    }
    let fit = ConversionReport.TempoFit(song.beatResiduals)
    if fit.p95 > Self.looseFit * 1_000 {
      sentences.append(
        "the beats lie up to \(Figures.decimal(fit.p95, 0)) ms beside the tempo map")
    }
    if song.beats.count < 8 { sentences.append("no steady beat was found") }
    return sentences
  }

  private var audio: [String] {
    // A decibel is the encoder's usual headroom, and no news.
    guard gain < 0.85 else { return [] }
    return ["the audio was turned down to \(Figures.decimal(Double(gain) * 100, 0)) % to not clip"]
  }
}
