internal import ChartFormat
internal import FoundationEssentials

/// A General MIDI song: its drums as a performance, everything else to be played by a soundfont.
package struct AccompanimentSong: Sendable {
  package var name: String
  /// Channel 10.
  package var drums: Performance
  package var grid: BeatGrid
  /// Seconds to the last note of the other channels.
  package var seconds: Double
  /// Controller, program, bend and note events of the other channels, ascending in time.
  var events: [(time: Double, kind: MIDIFile.Kind)]

  package init(path: String) throws {
    let file = try MIDIPerformances.file(path)
    let clock = MIDIClock(file)
    name = URL(filePath: path).lastPathComponent
    let grid = BeatGrid(clock: clock, through: file.lastTick)
    self.grid = grid
    var hits: [PerformedHit] = []
    var events: [(time: Double, kind: MIDIFile.Kind)] = []
    var end = 0.0
    var programs = [UInt8](repeating: 0, count: 16)
    for event in file.mergedEvents {
      let time = clock.seconds(at: event.tick)
      switch event.kind {
      case .noteOn(9, let note, let velocity):
        if let articulation = Articulation(generalMIDI: note) {
          hits.append(
            PerformedHit(
              beat: grid.beat(at: time), articulation: articulation, velocity: Int(velocity),
              variant: Int(note)))
        }
      case .noteOff(9, _), .controller(9, _, _), .program(9, _), .pitchBend(9, _): break
      case .noteOn(let channel, _, _):
        if Self.drumPrograms.contains(programs[Int(channel)]) { continue }
        events.append((time, event.kind))
        end = time
      case .program(let channel, let number):
        programs[Int(channel)] = number
        events.append((time, event.kind))
      case .noteOff, .controller, .pitchBend: events.append((time, event.kind))
      case .tempo, .timeSignature, .text: break
      }
    }
    self.events = events
    seconds = end
    drums = Performance(name: name, origin: .song, hits: hits, grid: grid)
  }

  /// Taiko, melodic tom, synth drum and reverse cymbal: drums to any ear, but in no label.
  private static let drumPrograms: ClosedRange<UInt8> = 116...119

  /// All songs of the folders, in the order of their names whichever folder they are in; files that
  /// cannot be read are left out, as public collections hold broken ones.
  package static func load(folders: [String]) -> [AccompanimentSong] {
    var songs: [AccompanimentSong] = []
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where name.lowercased().hasSuffix(".mid") {
        guard let song = try? AccompanimentSong(path: folder + "/" + name) else { continue }
        if song.seconds > 20 && song.events.count > 100 { songs.append(song) }
      }
    }
    return songs.sorted { $0.name < $1.name }
  }

  /// The song played by a soundfont without its drums.
  /// - Parameters:
  ///   - seconds: at most this much from the start, in the song's own time.
  ///   - stretch: factor on all times.
  ///   - transposition: semitones.
  func render(
    soundfont: String, seconds: Double, stretch: Double, transposition: Int, reverb: Bool
  ) throws -> [Float] {
    let synth = try FluidSynthesizer(soundfont: soundfont, reverb: reverb)
    let length = min(seconds, self.seconds + 2) * stretch
    let rate = Double(FluidSynthesizer.sampleRate)
    let total = Int(length * rate)
    var output: [Float] = []
    output.reserveCapacity(total + FluidSynthesizer.block)
    for event in events {
      let frame = min(Int(event.time * stretch * rate), total)
      let due = frame / FluidSynthesizer.block * FluidSynthesizer.block
      if due > output.count { synth.render(frames: due - output.count, into: &output) }
      if frame >= total { break }
      Self.send(event.kind, to: synth, transposition: transposition)
    }
    if output.count < total { synth.render(frames: total - output.count, into: &output) }
    return output
  }

  private static func send(
    _ kind: MIDIFile.Kind, to synth: borrowing FluidSynthesizer, transposition: Int
  ) {
    switch kind {
    case .noteOn(let channel, let note, let velocity):
      synth.noteOn(
        channel: Int(channel), note: min(max(Int(note) + transposition, 0), 127),
        velocity: Int(velocity))
    case .noteOff(let channel, let note):
      synth.noteOff(channel: Int(channel), note: min(max(Int(note) + transposition, 0), 127))
    case .controller(let channel, let number, let value):
      synth.controller(channel: Int(channel), number: Int(number), value: Int(value))
    case .program(let channel, let number):
      synth.program(channel: Int(channel), number: Int(number))
    case .pitchBend(let channel, let value): synth.pitchBend(channel: Int(channel), value: value)
    case .tempo, .timeSignature, .text: break
    }
  }
}

extension AccompanimentSong {
  /// Every tenth song, counted by name so that no change of order moves one, is for validation and
  /// evaluation.
  package var isHeldOut: Bool {
    name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff } % 10 == 0
  }
}
