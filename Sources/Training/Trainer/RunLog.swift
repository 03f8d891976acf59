import Foundation

/// A run's history in its folder: `log.jsonl`, one JSON object per line, and event files for
/// TensorBoard.
struct RunLog {
  private let path: String
  private let events: EventFile

  init(folder: String) throws {
    path = folder + "/log.jsonl"
    events = try EventFile(folder: folder)
  }

  func append(_ progress: FitProgress) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let line = try encoder.encode(progress) + Data("\n".utf8)
    if let handle = FileHandle(forWritingAtPath: path) {
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: line)
    } else {
      try line.write(to: URL(filePath: path))
    }
    var values: [(tag: String, value: EventFile.Value)] = [
      ("train/loss", .scalar(progress.loss)), ("train/f", .scalar(progress.f)),
      ("train/learning_rate", .scalar(progress.learningRate)),
      ("train/gradient_norm", .scalar(progress.gradientNorm)),
      ("train/examples_per_second", .scalar(progress.examplesPerSecond)),
    ]
    if let validation = progress.validation {
      values.append(("validation/f", .scalar(validation.f)))
      values += validation.classes.sorted { $0.key < $1.key }.map {
        ("validation/f_" + $0.key, .scalar($0.value))
      }
    }
    try events.append(step: progress.step, values)
  }

  func append(_ picture: ActivationPicture, step: Int) throws {
    let png = try picture.png()
    try events.append(
      step: step,
      [
        (
          "validation/activations",
          .picture(png: png, width: picture.width, height: picture.height)
        )
      ])
  }
}
