internal import CSndFile

/// Everything but MP3: WAV, RF64, FLAC, Ogg (Vorbis, Opus, FLAC), AIFF, AU, CAF, W64.
enum SndFileDecoder {
  /// Frames read at a time.
  private static let blockFrames = 4_096

  static func read(
    _ file: MediaFile, start: Int, limits: DecodeLimits,
    _ take: (AudioBuffer) throws(AudioError) -> Bool
  ) throws(AudioError) -> AudioFile.Ending {
    let source = try SndFile(file, start: start)
    let channels = Int(source.info.channels)
    let rate = Int(source.info.samplerate)
    // Some containers do not know their length and say so with a huge number.
    let declared = source.info.frames < Int64(1) << 40 ? max(0, Int(source.info.frames)) : 0
    if let reason = limits.refusal(frames: declared, sampleRate: rate, channels: channels) {
      throw AudioError(name: file.name, stage: .decode, reason: reason)
    }
    var splitter = BlockSplitter(
      fileChannels: channels, sampleRate: rate, roles: source.roles(), limits: limits)
    var block = [Float](repeating: 0, count: blockFrames * channels)
    while true {
      let frames = source.read(into: &block, frames: blockFrames)
      if frames == 0 { break }
      let part = splitter.split(block, frames: frames)
      if let reason = splitter.refusal {
        throw AudioError(name: file.name, stage: .decode, reason: reason)
      }
      if try !take(part) { break }
    }
    try source.checkReads(file)
    guard splitter.frameCount > 0 else {
      throw AudioError(name: file.name, stage: .decode, reason: "there is no audio in it")
    }
    var tags = try CommentBlocks.tags(file, start: start) ?? SongTags()
    tags.fill(from: source.tags())
    return AudioFile.Ending(
      tags: tags,
      format: FormatName.text(kind(Int(source.info.format)), sampleRate: rate, channels: channels))
  }

  private static func kind(_ format: Int) -> String {
    let subtype = format & SF_FORMAT_SUBMASK
    switch format & SF_FORMAT_TYPEMASK {
    case SF_FORMAT_OGG:
      return switch subtype {
      case SF_FORMAT_VORBIS: "Ogg Vorbis"
      case SF_FORMAT_OPUS: "Opus"
      default: "Ogg"
      }
    case SF_FORMAT_WAV, SF_FORMAT_WAVEX: return "WAV" + depth(subtype)
    case SF_FORMAT_RF64: return "RF64" + depth(subtype)
    case SF_FORMAT_W64: return "W64" + depth(subtype)
    case SF_FORMAT_FLAC: return "FLAC" + depth(subtype)
    case SF_FORMAT_AIFF: return "AIFF" + depth(subtype)
    case SF_FORMAT_AU: return "AU" + depth(subtype)
    case SF_FORMAT_CAF: return "CAF" + depth(subtype)
    default: return "audio"
    }
  }

  private static func depth(_ subtype: Int) -> String {
    switch subtype {
    case SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8: " 8-bit"
    case SF_FORMAT_PCM_16: " 16-bit"
    case SF_FORMAT_PCM_24: " 24-bit"
    case SF_FORMAT_PCM_32: " 32-bit"
    case SF_FORMAT_FLOAT: " 32-bit float"
    case SF_FORMAT_DOUBLE: " 64-bit float"
    default: ""
    }
  }
}

/// A file's format in words.
enum FormatName {
  static func text(_ kind: String, sampleRate: Int, channels: Int) -> String {
    let layout =
      switch channels {
      case 1: "mono"
      case 2: "stereo"
      default: "\(channels) channels"
      }
    return "\(kind), \(sampleRate) Hz, \(layout)"
  }
}

extension SongTags {
  /// Takes from `other` what is missing here.
  mutating func fill(from other: SongTags) {
    title = title ?? other.title
    artist = artist ?? other.artist
    album = album ?? other.album
    year = year ?? other.year
    genre = genre ?? other.genre
    track = track ?? other.track
    picture = picture ?? other.picture
  }
}
