/// How loudspeaker channels are folded to stereo (the weights of ITU-R BS.775).
enum ChannelFold {
  enum Role { case left, right, centre, sideLeft, sideRight, rearCentre, lowFrequency }

  struct Weight {
    var left: Float
    var right: Float
  }

  /// One weight per channel. Without `roles` the order of WAV and FLAC files is taken.
  static func weights(channels: Int, roles: [Role]?) -> [Weight] {
    let roles = roles ?? defaultRoles(channels)
    let minus3dB: Float = 0.707_106_77
    return roles.map { role in
      switch role {
      case .left: Weight(left: 1, right: 0)
      case .right: Weight(left: 0, right: 1)
      case .centre: Weight(left: minus3dB, right: minus3dB)
      case .sideLeft: Weight(left: minus3dB, right: 0)
      case .sideRight: Weight(left: 0, right: minus3dB)
      case .rearCentre: Weight(left: 0.5, right: 0.5)
      // Left out, as BS.775 does: players mix it into subwoofers only.
      case .lowFrequency: Weight(left: 0, right: 0)
      }
    }
  }

  private static func defaultRoles(_ channels: Int) -> [Role] {
    switch channels {
    case 3: [.left, .right, .centre]
    case 4: [.left, .right, .sideLeft, .sideRight]
    case 5: [.left, .right, .centre, .sideLeft, .sideRight]
    case 7: [.left, .right, .centre, .lowFrequency, .rearCentre, .sideLeft, .sideRight]
    default:
      Array(
        [.left, .right, .centre, .lowFrequency, .sideLeft, .sideRight, .sideLeft, .sideRight]
          .prefix(channels))
        + Array(repeating: .centre, count: max(0, channels - 8))
    }
  }
}
