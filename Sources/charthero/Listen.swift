import ArgumentParser
import Audio
import DrumNet
import Foundation
import Transcription

/// `charthero listen`: drums while they are played.
struct Listen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells drum hits while they are played.",
    discussion: """
      Listens to raw samples on standard input, or to a file that is played at a speed of your \
      choice (without sound). Each hit is a line: its time in seconds from the first sample, class, \
      confidence and velocity; with --json an object. At the end, or on Ctrl-C, standard error is \
      told how many there were and how late they came. From a microphone: \
      arecord -f S16_LE -r 44100 -c 2 | charthero listen
      """)

  @Argument(help: "A song. Without one, samples are read from standard input.")
  var file: String?

  @Option(help: "Samples a second on standard input (Hz).")
  var rate = 44_100

  @Option(help: "Channels on standard input, interleaved.")
  var channels = 2

  @Option(help: "Samples on standard input: 's16le' or 'f32le'.")
  var format = RawPCM.Format.s16le

  @Option(help: "How fast the file is played; 1 as it sounds, 0 as fast as it goes.")
  var speed = 1.0

  @Option(
    help: "Seconds from a hit's sound to the last sample that is waited for. More hears better.")
  var delay = 0.5

  @Flag(help: "Print each hit, and the summary, as a line of JSON.")
  var json = false

  @Flag(
    help: "Afterwards also hear the file as a whole, and tell how far that agrees (F at 50 ms).")
  var compare = false

  @OptionGroup var listening: ListeningOptions

  func validate() throws {
    guard file != nil || !compare else { throw ValidationError("--compare needs a file.") }
    guard speed >= 0, speed.isFinite else { throw ValidationError("--speed must not be negative.") }
    guard 0...10 ~= delay else { throw ValidationError("--delay must be from 0 to 10 seconds.") }
  }

  func run() async throws {
    if let file { try Failure.checkInput(file) }
    let session = ListenSession(
      model: try listening.modelPath(), minimumConfidence: listening.minConfidence, delay: delay,
      printsJSON: json)
    let (file, rate, channels, format, speed) = (file, rate, channels, format, speed)
    let compare = compare
    let work = Task {
      let model = try DrumModel(contentsOf: session.model)
      listening.describe(model)
      let heard: [Onset]
      if let file {
        let song = try SongSurvey(path: file)
        heard = try session.run(model, sampleRate: song.sampleRate) {
          try LiveInput.play(song, speed: speed, to: $0)
        }
        if compare, !Task.isCancelled { try session.compare(heard, with: song, model) }
      } else {
        _ = try session.run(model, sampleRate: rate) {
          let samples = try RawPCM(format, sampleRate: rate, channels: channels)
          try LiveInput.readStandardInput(samples, to: $0)
        }
      }
    }
    let interrupt = Interrupt { work.cancel() }
    defer { interrupt.end() }
    try await work.value
  }
}

extension RawPCM.Format: ExpressibleByArgument {}
