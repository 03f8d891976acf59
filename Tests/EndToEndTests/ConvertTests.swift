import Audio
import ChartFormat
import Foundation
import TestSupport
import Testing

@Suite("The samples become chart folders", .serialized)
struct ConvertTests {
  @Test("convert ends well and says where the charts are, without a progress bar in a pipe")
  func outcome() throws {
    let conversion = try Samples.converted()
    #expect(conversion.outcome.status == 0, "\(conversion.outcome.errors)")
    for sample in Samples.all { #expect(conversion.outcome.output.contains(sample.folder)) }
    #expect(!conversion.outcome.errors.contains("\r"))
    #expect(!conversion.outcome.errors.contains("#"))
    #expect(
      TemporaryFolder.names(in: conversion.outbox.url) == Samples.all.map(\.folder).sorted(),
      "nothing but the finished folders is left in the outbox")
  }

  @Test("a folder holds what the game needs and nothing else", arguments: Samples.all)
  func files(_ sample: Samples.Sample) throws {
    let folder = try Samples.converted().folder(sample)
    let names = TemporaryFolder.names(in: folder).filter { !$0.hasPrefix(".") }
    #expect(names == ["album.png", "notes.chart", "song.ini", "song.ogg"])
  }

  @Test("song.ini tells the song's own names and typed values", arguments: Samples.all)
  func ini(_ sample: Samples.Sample) throws {
    let conversion = try Samples.converted()
    let song = try ChartFolder(path: conversion.folder(sample).path)
    let ini = try #require(song.ini)
    #expect(ini.metadata.title == sample.title)
    #expect(ini.metadata.artist == "Sectoid")
    #expect(ini.isProDrums)
    #expect(ini.delay == 0)
    #expect((0...6).contains(ini.metadata.difficulty ?? -1))
    if sample.file.hasSuffix("mp3") {
      #expect(ini.metadata.album == "Frets on Fire Song Pack")
      #expect(ini.metadata.year == "2007")
      #expect(ini.metadata.genre == "Metal")
    }
    let audio = try AudioFile.decode(path: song.path + "/song.ogg").buffer
    #expect(abs(Double(ini.metadata.songLength) / 1_000 - audio.duration) <= 0.05)
  }

  @Test("music played to a click has one tempo, exactly, and one metre", arguments: Samples.all)
  func tempo(_ sample: Samples.Sample) throws {
    let map = try ChartFolder(path: Samples.converted().folder(sample).path).chart.tempoMap
    #expect(map.tempos.map(\.tempo) == [MilliBPM(Int(sample.tempo * 1_000))])
    #expect(map.metres.map(\.signature) == [.common])
  }

  @Test(
    "the notes ascend, begin after two seconds and end before the audio does",
    arguments: Samples.all)
  func notes(_ sample: Samples.Sample) throws {
    let song = try ChartFolder(path: Samples.converted().folder(sample).path)
    let length = Double(try #require(song.ini).metadata.songLength) / 1_000
    let expert = try #require(song.chart.tracks[.expert])
    #expect(expert.notes.count > 30, "half a minute of rock has more than a note a second")
    for (tier, track) in song.chart.tracks {
      let notes = track.notes
      let ascend = zip(notes, notes.dropFirst()).allSatisfy {
        ($0.tick, $0.pad) < ($1.tick, $1.pad)
      }
      #expect(ascend, "\(tier)")
      let first = try #require(notes.first)
      let last = try #require(notes.last)
      #expect(song.chart.tempoMap.seconds(at: first.tick) >= 2, "\(tier)")
      #expect(song.chart.tempoMap.seconds(at: last.tick) <= length, "\(tier)")
    }
  }

  @Test("checkers of charts find nothing to complain about", arguments: Samples.all)
  func issues(_ sample: Samples.Sample) throws {
    let song = try ChartFolder(path: Samples.converted().folder(sample).path)
    let audio = try AudioFile.decode(path: song.path + "/song.ogg").buffer
    let issues = song.issues(audioDuration: audio.duration)
    #expect(issues.isEmpty, "\(issues)")
  }

  @Test("the cover is a square of 512 pixels", arguments: Samples.all)
  func cover(_ sample: Samples.Sample) throws {
    let file = try Data(contentsOf: Samples.converted().folder(sample).appending(path: "album.png"))
    #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    // The first chunk, IHDR, holds width and height as big-endian words.
    #expect(Array(file[16..<24]) == [0, 0, 2, 0, 0, 0, 2, 0])
  }

  @Test(
    "the audio is the source behind the lead-in, within two milliseconds",
    arguments: Samples.all)
  func alignment(_ sample: Samples.Sample) throws {
    let folder = try Samples.converted().folder(sample)
    let source = try AudioFile.decode(path: sample.url.path).buffer
    let result = try AudioFile.decode(path: folder.appending(path: "song.ogg").path).buffer
    #expect(result.sampleRate == source.sampleRate)
    let leadIn = result.frameCount - source.frameCount
    let lags = [0.2, 0.5, 0.8].map { place in
      Alignment.lag(
        of: source.downmixed(), in: result.downmixed(), near: leadIn,
        at: Int(Double(source.frameCount) * place))
    }
    for lag in lags {
      #expect(abs(lag - leadIn) <= source.sampleRate / 500, "lags \(lags), lead-in \(leadIn)")
    }
    let opening = result.downmixed().prefix(max(0, leadIn - source.sampleRate / 100))
    #expect(opening.allSatisfy { abs($0) < 0.001 }, "the lead-in is silent")
  }

  @Test(
    "the chart's notes lie where transcribe heard them, shifted by the lead-in",
    arguments: Samples.all)
  func notesFollowOnsets(_ sample: Samples.Sample) throws {
    let folder = try Samples.converted().folder(sample)
    let transcript = try Transcript.of(sample)
    let source = try AudioFile.decode(path: sample.url.path).buffer
    let result = try AudioFile.decode(path: folder.appending(path: "song.ogg").path).buffer
    let leadIn = result.duration - source.duration
    let chart = try ChartFolder(path: folder.path).chart
    let heard = transcript.onsets.map(\.time)
    let distances = try #require(chart.tracks[.expert]).notes.map { note in
      let time = chart.tempoMap.seconds(at: note.tick) - leadIn
      return heard.map { abs($0 - time) }.min() ?? .infinity
    }
    .sorted()
    #expect(distances[distances.count / 2] <= 0.02, "the median note is on its onset")
    #expect(distances[distances.count * 95 / 100] <= 0.06, "so are nearly all")
  }
}
