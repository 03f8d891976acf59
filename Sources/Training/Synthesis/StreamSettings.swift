/// What training examples are rendered from and how. Paths are the user's; nothing is looked for
/// elsewhere.
package struct StreamSettings: Codable, Hashable, Sendable {
  /// Folders with a `kit.json` or a `drumkit.xml`.
  package var kits: [String] = []
  /// Soundfonts whose drum presets become kits.
  package var drumSoundfonts: [String] = []
  /// Folders of performances: Groove or Rock Band charts.
  package var performances: [String] = []
  /// Folders of General MIDI songs.
  package var songs: [String] = []
  /// Soundfonts that play the songs.
  package var soundfonts: [String] = []
  /// Recordings without drums, files or folders, that play along with rendered drums.
  package var recordings: [String] = []
  /// Folders that `prepare` made of real recordings.
  package var prepared: [String] = []
  /// Folder of impulse responses; invented rooms only where it is `nil`.
  package var impulseResponses: String?
  /// Kits (by the last part of their path) that only `validation` hears.
  package var heldOutKits: [String] = ["opensource"]

  /// Seconds of one example.
  package var seconds = 10.0
  /// Rendered accompaniments kept in memory and how much of each; 100 of 100 s are 0.9 GB.
  package var accompaniments = 110
  package var accompanimentSeconds = 110.0
  /// Folder where rendered accompaniment is kept between runs; none where it is `nil`.
  package var accompanimentCache: String?

  /// Shares of what is played: Groove, charts, a song's own drums, invented patterns.
  package var playedShare = 0.34
  package var chartShare = 0.28
  package var songShare = 0.13
  package var patternShare = 0.25
  /// Share of examples with other instruments.
  package var mixShare = 0.72
  /// Share of examples without any drums.
  package var drumlessShare = 0.06
  /// Share of examples with unlabelled percussion.
  package var confuserShare = 0.12
  /// Share of mixes with an invented voice.
  package var voiceShare = 0.35
  /// Share of mixes whose music has nothing to do with the drums' beat.
  package var unrelatedShare = 0.04
  /// Share of examples that are real recordings, where there are any.
  package var preparedShare = 0.3
  /// Share of mixes over a recording, where there are any.
  package var recordingShare = 0.35
  /// Share of mixes with a shaker or a tambourine, and with a strummed guitar.
  package var shakerShare = 0.12
  package var strumShare = 0.1
  /// Share of mixes whose drums lie in the quietest third of the range of balances.
  package var buriedShare = 0.15
  /// Share of augmented examples that go through an encoder.
  package var codecShare = 0.2
  package var lowPassProbability = 0.5
  /// Real recordings in other tempos and keys; as they are where it is `nil`.
  package var retuning: Retuning?
  /// Decibels of the drums over the other instruments.
  package var quietestDrums = -9.0
  package var loudestDrums = 12.0
  /// Whether rooms, filters, dynamics, noise and gain are varied.
  package var augments = true

  package init() {}
}

extension StreamSettings {
  /// Settings written before a field existed take its default.
  package init(from decoder: any Decoder) throws {
    let c = try decoder.container(keyedBy: CodingKeys.self)
    let d = StreamSettings()
    kits = try c.decodeIfPresent([String].self, forKey: .kits) ?? d.kits
    drumSoundfonts =
      try c.decodeIfPresent([String].self, forKey: .drumSoundfonts) ?? d.drumSoundfonts
    performances = try c.decodeIfPresent([String].self, forKey: .performances) ?? d.performances
    songs = try c.decodeIfPresent([String].self, forKey: .songs) ?? d.songs
    soundfonts = try c.decodeIfPresent([String].self, forKey: .soundfonts) ?? d.soundfonts
    prepared = try c.decodeIfPresent([String].self, forKey: .prepared) ?? d.prepared
    recordings = try c.decodeIfPresent([String].self, forKey: .recordings) ?? d.recordings
    impulseResponses = try c.decodeIfPresent(String.self, forKey: .impulseResponses)
    heldOutKits = try c.decodeIfPresent([String].self, forKey: .heldOutKits) ?? d.heldOutKits
    let number = { (key: CodingKeys, fallback: Double) in
      try c.decodeIfPresent(Double.self, forKey: key) ?? fallback
    }
    seconds = try number(.seconds, d.seconds)
    accompaniments = try c.decodeIfPresent(Int.self, forKey: .accompaniments) ?? d.accompaniments
    accompanimentCache = try c.decodeIfPresent(String.self, forKey: .accompanimentCache)
    accompanimentSeconds = try number(.accompanimentSeconds, d.accompanimentSeconds)
    playedShare = try number(.playedShare, d.playedShare)
    chartShare = try number(.chartShare, d.chartShare)
    songShare = try number(.songShare, d.songShare)
    patternShare = try number(.patternShare, d.patternShare)
    mixShare = try number(.mixShare, d.mixShare)
    drumlessShare = try number(.drumlessShare, d.drumlessShare)
    confuserShare = try number(.confuserShare, d.confuserShare)
    voiceShare = try number(.voiceShare, d.voiceShare)
    unrelatedShare = try number(.unrelatedShare, d.unrelatedShare)
    preparedShare = try number(.preparedShare, d.preparedShare)
    recordingShare = try number(.recordingShare, d.recordingShare)
    shakerShare = try number(.shakerShare, d.shakerShare)
    strumShare = try number(.strumShare, d.strumShare)
    buriedShare = try number(.buriedShare, d.buriedShare)
    codecShare = try number(.codecShare, d.codecShare)
    retuning = try c.decodeIfPresent(Retuning.self, forKey: .retuning)
    lowPassProbability = try number(.lowPassProbability, d.lowPassProbability)
    quietestDrums = try number(.quietestDrums, d.quietestDrums)
    loudestDrums = try number(.loudestDrums, d.loudestDrums)
    augments = try c.decodeIfPresent(Bool.self, forKey: .augments) ?? d.augments
  }
}
