/// ID3's numbered genres (the 80 of the standard and Winamp's, in their order).
enum ID3Genre {
  /// The name in `Rock`, `17`, `(17)`, `(17)Rock`, `(RX)` or `((Foo`.
  static func name(_ raw: String?) -> String? {
    guard let text = SongTags.cleaned(raw) else { return nil }
    if let index = Int(text) { return name(index: index) }
    guard text.hasPrefix("("), let close = text.firstIndex(of: ")") else {
      return text.hasPrefix("((") ? String(text.dropFirst()) : text
    }
    let rest = SongTags.cleaned(String(text[text.index(after: close)...]))
    let code = text[text.index(after: text.startIndex)..<close]
    // A refinement in words says more than the number it follows; another number does not.
    if let rest, !rest.hasPrefix("(") { return rest }
    switch code {
    case "RX": return "Remix"
    case "CR": return "Cover"
    default: return Int(code).flatMap { name(index: $0) } ?? (Int(code) == nil ? text : nil)
    }
  }

  static func name(index: Int) -> String? { names.indices.contains(index) ? names[index] : nil }

  private static let names: [String] = """
    Blues,Classic Rock,Country,Dance,Disco,Funk,Grunge,Hip-Hop,Jazz,Metal,New Age,Oldies,Other,Pop,\
    R&B,Rap,Reggae,Rock,Techno,Industrial,Alternative,Ska,Death Metal,Pranks,Soundtrack,\
    Euro-Techno,Ambient,Trip-Hop,Vocal,Jazz+Funk,Fusion,Trance,Classical,Instrumental,Acid,House,\
    Game,Sound Clip,Gospel,Noise,Alternative Rock,Bass,Soul,Punk,Space,Meditative,\
    Instrumental Pop,Instrumental Rock,Ethnic,Gothic,Darkwave,Techno-Industrial,Electronic,\
    Pop-Folk,Eurodance,Dream,Southern Rock,Comedy,Cult,Gangsta,Top 40,Christian Rap,Pop/Funk,\
    Jungle,Native American,Cabaret,New Wave,Psychedelic,Rave,Showtunes,Trailer,Lo-Fi,Tribal,\
    Acid Punk,Acid Jazz,Polka,Retro,Musical,Rock & Roll,Hard Rock,Folk,Folk-Rock,National Folk,\
    Swing,Fast Fusion,Bebop,Latin,Revival,Celtic,Bluegrass,Avantgarde,Gothic Rock,\
    Progressive Rock,Psychedelic Rock,Symphonic Rock,Slow Rock,Big Band,Chorus,Easy Listening,\
    Acoustic,Humour,Speech,Chanson,Opera,Chamber Music,Sonata,Symphony,Booty Bass,Primus,\
    Porn Groove,Satire,Slow Jam,Club,Tango,Samba,Folklore,Ballad,Power Ballad,Rhythmic Soul,\
    Freestyle,Duet,Punk Rock,Drum Solo,A Cappella,Euro-House,Dance Hall,Goa,Drum & Bass,\
    Club-House,Hardcore,Terror,Indie,BritPop,Afro-Punk,Polsk Punk,Beat,Christian Gangsta Rap,\
    Heavy Metal,Black Metal,Crossover,Contemporary Christian,Christian Rock,Merengue,Salsa,\
    Thrash Metal,Anime,JPop,Synthpop,Abstract,Art Rock,Baroque,Bhangra,Big Beat,Breakbeat,\
    Chillout,Downtempo,Dub,EBM,Eclectic,Electro,Electroclash,Emo,Experimental,Garage,Global,IDM,\
    Illbient,Industro-Goth,Jam Band,Krautrock,Leftfield,Lounge,Math Rock,New Romantic,Nu-Breakz,\
    Post-Punk,Post-Rock,Psytrance,Shoegaze,Space Rock,Trop Rock,World Music,Neoclassical,\
    Audiobook,Audio Theatre,Neue Deutsche Welle,Podcast,Indie Rock,G-Funk,Dubstep,Garage Rock,\
    Psybient
    """.split(separator: ",").map(String.init)
}
