import TensorCore

/// From easy to hard (Bengio et al. 2009): a run begins with drums alone, few strokes a second, and
/// comes to the mixes and the speed of its settings.
package struct Curriculum: Codable, Hashable, Sendable {
  /// Share of the run's windows after which examples are as hard as the settings have them.
  package var share: Double
  /// Strokes a second that the first examples have at most.
  package var slowest: Double

  package init(share: Double, slowest: Double) {
    (self.share, self.slowest) = (share, slowest)
  }

  /// What is wrong with these, if anything.
  package var fault: String? {
    if !(share > 0 && share <= 1) { return "the curriculum's share is not a share" }
    if !(slowest > 0) { return "the curriculum's slowest strokes are not above 0" }
    return nil
  }

  /// The curriculum of a run of so many windows.
  package func paced(over windows: Int) -> Pace {
    Pace(curriculum: self, windows: max(1, Int(share * Double(windows))))
  }

  /// How hard example after example is.
  package struct Pace: Sendable {
    fileprivate var curriculum: Curriculum
    /// Examples until everything is as hard as the settings have it.
    fileprivate var windows: Int

    /// Strokes a second of all drums together that next to no music goes beyond.
    private static let fastest = 24.0
    /// Plans that are looked at for one slow enough.
    static let attempts = 12

    /// 0 for the easiest, 1 for what the settings ask for.
    func level(of index: Int) -> Double { min(1, Double(index) / Double(windows)) }

    /// Strokes a second that an example has at most.
    func fastest(at level: Double) -> Double {
      level < 1
        ? curriculum.slowest + level * (Self.fastest - curriculum.slowest) : Double.infinity
    }
  }
}

extension StreamSettings {
  /// Fewer mixes, drums louder in them, and less of what is hard to tell from drums.
  /// - Parameter level: 0 for drums alone, 1 for the settings as they are.
  func eased(to level: Double) -> StreamSettings {
    var eased = self
    eased.mixShare *= level
    eased.drumlessShare *= level
    eased.confuserShare *= level
    eased.buriedShare *= level
    eased.quietestDrums = loudestDrums + level * (quietestDrums - loudestDrums)
    return eased
  }
}

extension FitSettings {
  /// The curriculum of the whole run, where there is one.
  package var pace: Curriculum.Pace? {
    let steps = optimisation.batch * optimisation.accumulation
    return curriculum?.paced(over: steps * optimisation.schedule.totalSteps)
  }
}
