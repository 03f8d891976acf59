/// The bar-pointer model: the best way to lay beats and bars over a song.
///
/// A hidden state is a place in the bar (metre and beat, a lane of ``BarLanes``) and a beat period;
/// tempo and metre change only at beats and bar lines, as in Krebs, Böck and Widmer, "An efficient
/// state-space model for joint tempo and meter tracking" (ISMIR 2015). Between two beats nothing is
/// decided, so that Viterbi runs over whole beats: the score of `(time, period, lane)` is what the
/// hits since the last beat say about that beat, plus the best score from which it can begin.
/// All lanes are carried together in SIMD vectors.
struct BarLattice {
  /// One hit as the lattice sees it.
  struct Hit {
    /// Frames.
    var time: Float
    var drum: RhythmClass
    var weight: Float
  }

  /// One beat of the answer.
  struct Step: Hashable {
    var frame: Int
    /// Frames to the next beat.
    var period: Int
    var lane: Int
  }

  struct Costs {
    /// Per step of one frame, times the period: a change of tempo by 1 % costs a hundredth of it.
    var tempo: Float = 60
    /// A change of one frame is often only the rounding of the period.
    var nudge: Float = 0.4
    /// Any other tempo.
    var jump: Float = 14
    /// Another metre at a bar line, and any metre but 4/4 at the start.
    var metre: Float = 6
    /// How much hits count.
    var temperature: Float = 0.8
  }

  var costs = Costs()

  private static let never: Float = -1e30

  /// The best path over `frames` frames of 10 ms.
  ///
  /// - Parameters:
  ///   - beat: evidence for a beat at each frame (log odds), or empty.
  ///   - downbeat: evidence at each frame for a downbeat rather than another beat, or empty.
  func path(hits: [Hit], frames: Int, beat: [Float], downbeat: [Float]) -> [Step] {
    let lanes = BarLanes.vectors
    let periods = RhythmScores.periods
    let row = periods * lanes
    let ring = RhythmScores.longest + 1
    var ended = [SIMD8<Float>](repeating: SIMD8(repeating: Self.never), count: ring * row)
    var back = [SIMD8<UInt8>](repeating: SIMD8(repeating: 0), count: frames * row)
    var entry = [BarEntry](repeating: BarEntry(), count: frames * periods)
    var here = [SIMD8<Float>](repeating: SIMD8(repeating: Self.never), count: row)
    var came = [SIMD8<Float>](repeating: SIMD8(repeating: 0), count: row)
    let scores = RhythmScores.shared.values
    let start = startScores()
    var firstHit = 0
    var best: (score: Float, frame: Int, period: Int, lane: Int) = (Self.never, 0, 0, 0)

    for frame in 0..<frames {
      arrive(frame, ended, ring, start, beat, downbeat, &here, &entry)
      if frame + RhythmScores.longest >= frames {
        for period in 0..<periods where frame + period + RhythmScores.shortest >= frames {
          for lane in 0..<BarLanes.count {
            let score = here[period * lanes + lane / 8][lane % 8]
            if score > best.score { best = (score, frame, period, lane) }
          }
        }
      }
      spread(&here, &came)
      while firstHit < hits.count, hits[firstHit].time < Float(frame) - 1 { firstHit += 1 }
      for period in 0..<periods {
        let length = RhythmScores.shortest + period
        let target = ((frame + length) % ring) * row + period * lanes
        for v in 0..<lanes {
          ended[target + v] = here[period * lanes + v]
          back[frame * row + period * lanes + v] = SIMD8<UInt8>(
            truncatingIfNeeded: SIMD8<Int32>(came[period * lanes + v]))
        }
        let scale = Float(RhythmScores.places) / Float(length)
        var h = firstHit
        while h < hits.count {
          let place = Int(((hits[h].time - Float(frame)) * scale + 0.5).rounded(.down))
          if place >= RhythmScores.places { break }
          if place >= 0 {
            let at = RhythmScores.index(period: period, drum: hits[h].drum, place: place)
            let weight = hits[h].weight * costs.temperature
            for v in 0..<lanes { ended[target + v] += scores[at + v] * weight }
          }
          h += 1
        }
      }
    }
    return trace(best.frame, best.period, best.lane, back, entry)
  }

  /// How the bars that begin at one frame after one period were entered.
  struct BarEntry {
    /// Pattern of the best bar that ended here.
    var best: UInt8 = 0
    /// Bit `p`: the bar of pattern `p` follows one of the same pattern.
    var stays: UInt16 = 0
  }

  private func startScores() -> [SIMD8<Float>] {
    var start = [SIMD8<Float>](repeating: SIMD8(repeating: Self.never), count: BarLanes.vectors)
    for lane in 0..<BarLanes.count {
      let pattern = RhythmPattern.all[BarLanes.pattern[lane]]
      start[lane / 8][lane % 8] = pattern.beats == 4 && !pattern.isCompound ? 0 : -costs.metre
    }
    return start
  }

  /// Turns the beats that end at a frame into the beats that begin there.
  private func arrive(
    _ frame: Int, _ ended: [SIMD8<Float>], _ ring: Int, _ start: [SIMD8<Float>], _ beat: [Float],
    _ downbeat: [Float], _ here: inout [SIMD8<Float>], _ entry: inout [BarEntry]
  ) {
    let lanes = BarLanes.vectors
    let row = RhythmScores.periods * lanes
    let base = (frame % ring) * row
    let bonus = beat.isEmpty ? 0 : beat[frame]
    let barBonus = downbeat.isEmpty ? 0 : downbeat[frame]
    for period in 0..<RhythmScores.periods {
      let at = period * lanes
      if frame < period + RhythmScores.shortest {
        for v in 0..<lanes { here[at + v] = start[v] }
        continue
      }
      var carry = Self.never
      for v in 0..<lanes {
        let x = ended[base + at + v]
        here[at + v] =
          SIMD8(carry, x[0], x[1], x[2], x[3], x[4], x[5], x[6]) + SIMD8(repeating: bonus)
        carry = x[7]
      }
      var info = BarEntry()
      var bestScore = Self.never
      for (p, lane) in BarLanes.last.enumerated() {
        let score = ended[base + at + lane / 8][lane % 8]
        if score > bestScore {
          bestScore = score
          info.best = UInt8(p)
        }
      }
      for (p, lane) in BarLanes.first.enumerated() {
        let last = BarLanes.last[p]
        let stay = ended[base + at + last / 8][last % 8]
        let change = bestScore - costs.metre
        if stay >= change { info.stays |= 1 << UInt16(p) }
        here[at + lane / 8][lane % 8] = max(stay, change) + bonus + barBonus
      }
      entry[frame * RhythmScores.periods + period] = info
    }
  }

  /// Lets every lane go on with another period: `here` becomes the best score with which a beat of
  /// each period can begin, `came` the period before it.
  private func spread(_ here: inout [SIMD8<Float>], _ came: inout [SIMD8<Float>]) {
    let lanes = BarLanes.vectors
    let periods = RhythmScores.periods
    for v in 0..<lanes {
      var best = here[v]
      var bestPeriod = SIMD8<Float>(repeating: 0)
      for period in 0..<periods {
        came[period * lanes + v] = SIMD8(repeating: Float(period))
        let mask = here[period * lanes + v] .> best
        best.replace(with: here[period * lanes + v], where: mask)
        bestPeriod.replace(with: Float(period), where: mask)
      }
      best -= SIMD8(repeating: costs.jump)
      // The nudge: neighbours by one frame, from the scores as they were.
      var before = SIMD8<Float>(repeating: Self.never)
      for period in 0..<periods {
        let at = period * lanes + v
        let now = here[at]
        let after = period + 1 < periods ? here[at + lanes] : SIMD8(repeating: Self.never)
        let fromBefore = before - costs.nudge
        let fromAfter = after - costs.nudge
        var score = now
        var mask = fromBefore .> score
        score.replace(with: fromBefore, where: mask)
        came[at].replace(with: Float(period - 1), where: mask)
        mask = fromAfter .> score
        score.replace(with: fromAfter, where: mask)
        came[at].replace(with: Float(period + 1), where: mask)
        mask = best .> score
        score.replace(with: best, where: mask)
        came[at].replace(with: bestPeriod, where: mask)
        here[at] = score
        before = now
      }
      // Larger changes: the cost grows with the distance, one sweep each way.
      for period in 1..<periods {
        relax(&here, &came, period * lanes + v, (period - 1) * lanes + v, period)
      }
      for period in stride(from: periods - 2, through: 0, by: -1) {
        relax(&here, &came, period * lanes + v, (period + 1) * lanes + v, period)
      }
    }
  }

  @inline(__always)
  private func relax(
    _ here: inout [SIMD8<Float>], _ came: inout [SIMD8<Float>], _ to: Int, _ from: Int,
    _ period: Int
  ) {
    let step = costs.tempo / Float(RhythmScores.shortest + period)
    let candidate = here[from] - step
    let mask = candidate .> here[to]
    here[to].replace(with: candidate, where: mask)
    came[to].replace(with: came[from], where: mask)
  }

  /// Follows the best path back to the start of the song.
  private func trace(
    _ frame: Int, _ period: Int, _ lane: Int, _ back: [SIMD8<UInt8>], _ entry: [BarEntry]
  ) -> [Step] {
    var steps: [Step] = []
    var (frame, period, lane) = (frame, period, lane)
    steps.append(Step(frame: frame, period: period + RhythmScores.shortest, lane: lane))
    while frame >= period + RhythmScores.shortest {
      let info = entry[frame * RhythmScores.periods + period]
      let p = BarLanes.pattern[lane]
      if BarLanes.position[lane] > 0 {
        lane -= 1
      } else {
        lane = BarLanes.last[info.stays & (1 << UInt16(p)) != 0 ? p : Int(info.best)]
      }
      frame -= period + RhythmScores.shortest
      steps.append(Step(frame: frame, period: period + RhythmScores.shortest, lane: lane))
      let at = (frame * RhythmScores.periods + period) * BarLanes.vectors + lane / 8
      period = Int(back[at][lane % 8])
    }
    return steps.reversed()
  }
}
