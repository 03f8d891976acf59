extension ChartFolder {
  /// Stems that games know.
  private static let stems: Set<String> = [
    "song", "guitar", "bass", "rhythm", "keys", "vocals", "vocals_1", "vocals_2", "drums",
    "drums_1", "drums_2", "drums_3", "drums_4", "crowd", "preview",
  ]
  private static let audioTypes: Set<String> = ["ogg", "mp3", "wav", "opus"]
  private static let pictures: Set<String> = ["album.jpg", "album.jpeg", "album.png"]

  /// Everything that can be found wrong with the folder and its chart.
  /// - Parameter audioDuration: Seconds of the decoded audio, where known.
  package func issues(audioDuration: Double? = nil) -> [ChartIssue] {
    fileIssues + pictureIssues
      + ChartCheck(chart, ini: ini, audioDuration: audioDuration).issues
  }

  private var fileIssues: [ChartIssue] {
    var issues: [ChartIssue] = []
    if ini == nil { issues.append(ChartIssue(.noMetadata, "there is no song.ini")) }
    if files.contains("notes.mid"), files.contains("notes.chart") {
      issues.append(ChartIssue(.multipleChart, "there are two charts"))
    }
    var audio: [String: Int] = [:]
    for file in files {
      let parts = file.lowercased().split(separator: ".")
      guard parts.count > 1, let ending = parts.last else { continue }
      let stem = parts.dropLast().joined(separator: ".")
      switch ending {
      case "ini" where file != "song.ini":
        issues.append(ChartIssue(.invalidIni, "\(file) is not song.ini"))
      case "chart" where file != "notes.chart", "mid" where file != "notes.mid":
        issues.append(ChartIssue(.invalidChart, "\(file) has no name that games look for"))
      case "mp4", "avi", "mpeg":
        issues.append(ChartIssue(.badVideo, "\(file) does not play on Linux"))
      case _ where Self.audioTypes.contains(String(ending)):
        if Self.stems.contains(stem) {
          audio[stem, default: 0] += 1
        } else {
          issues.append(ChartIssue(.invalidAudio, "\(file) has no name that games look for"))
        }
      default: break
      }
    }
    if audio.keys.allSatisfy({ $0 == "preview" || $0 == "crowd" }) {
      issues.append(ChartIssue(.noAudio, "there is no song.ogg"))
    }
    for (stem, count) in audio.sorted(by: { $0.key < $1.key }) where count > 1 {
      issues.append(ChartIssue(.multipleAudio, "there are \(count) files for \(stem)"))
    }
    return issues
  }

  private var pictureIssues: [ChartIssue] {
    let found = files.filter(Self.pictures.contains)
    guard let name = found.first else {
      return [ChartIssue(.noAlbumArt, "there is no album picture")]
    }
    var issues: [ChartIssue] = []
    if found.count > 1 {
      issues.append(ChartIssue(.multipleAlbumArt, "there are \(found.count) album pictures"))
    }
    guard let bytes = try? Self.bytes(path, name), let size = PictureSize(bytes) else {
      return issues + [ChartIssue(.badAlbumArt, "\(name) is no JPEG or PNG picture")]
    }
    if size.width != size.height || ![500, 512].contains(size.width) {
      issues.append(
        ChartIssue(
          .albumArtSize, "\(name) has \(size.width) x \(size.height) pixels, not 512 x 512"))
    }
    return issues
  }
}

/// Width and height of a PNG or JPEG picture, from its header.
struct PictureSize: Hashable {
  var width: Int
  var height: Int

  /// `nil` for anything else.
  init?(_ bytes: [UInt8]) {
    func big(_ at: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 << 8 | Int(bytes[at + $1]) }
    }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), bytes.count >= 24 {
      (width, height) = (big(16, 4), big(20, 4))
      return
    }
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    var at = 2
    while at + 9 <= bytes.count, bytes[at] == 0xFF {
      let marker = bytes[at + 1]
      // Frame headers carry the size; these four codes in their range are something else.
      if 0xC0...0xCF ~= marker, ![0xC4, 0xC8, 0xCC].contains(marker) {
        (height, width) = (big(at + 5, 2), big(at + 7, 2))
        return
      }
      at += marker == 0xFF ? 1 : 2 + big(at + 2, 2)
    }
    return nil
  }
}
