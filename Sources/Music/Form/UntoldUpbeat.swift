import StandardMIDIFile

/// An upbeat with which a piece begins at its first tick, while its file tells whole bars from there.
///
/// Notation programs write a pickup so: nothing in the file says where bars begin, but what is played does. For each
/// beat of the bar the weights of what is struck on it are added up, those of a time being its longest note, a bar
/// long at most, times the root of how many notes are struck. Bars begin where one beat has far more than the first
/// and clearly more than each other one. Half a bar away from the first is not enough, as a bar's halves are alike.
struct UntoldUpbeat {
  /// How many beats it has.
  let beats: Int
  /// The time signature that holds behind it, where the first whole bar begins.
  let signature: TimeSignature

  /// How many times as heavy as the first beat, and as each other one, that is on which bars begin.
  private static let (overFirst, overOthers) = (1.75, 1.4)
  /// How many bars the music has at least, that its beats can be told apart.
  private static let fewestBars = 8

  /// Listens for an upbeat; nil where there is none beyond doubt, or the file tells of bars itself.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes.
  init?(_ score: Score) {
    guard case .ticksPerQuarter(let quarter) = score.division,
      var signature = score.timeSignatures.last, signature.numerator > 1,
      score.timeSignatures.allSatisfy({ $0.tick <= 0 })
    else { return nil }
    let bar = signature.barTicks(ticksPerQuarter: quarter)
    let (beat, rest) = bar.quotientAndRemainder(dividingBy: signature.numerator)
    guard rest == 0 else { return nil }
    var struck: [(tick: Int, length: Int)] = []
    struck.reserveCapacity(score.tracks.reduce(0) { $0 + $1.notes.count })
    for track in score.tracks where !track.isDrums {
      for note in track.notes { struck.append((note.onset, min(note.duration, bar))) }
    }
    struck.sortNearby { $0.tick < $1.tick }
    guard let first = struck.first?.tick, let last = struck.last?.tick, 0...beat / 8 ~= first,
      last / bar >= Self.fewestBars
    else { return nil }
    var weights = [Double](repeating: 0, count: signature.numerator)
    var next = 0
    while next < struck.count {
      let tick = struck[next].tick
      var (longest, count) = (0, 0)
      while next < struck.count, struck[next].tick == tick {
        longest = max(longest, struck[next].length)
        count += 1
        next += 1
      }
      let place = tick / beat + (2 * (tick % beat) >= beat ? 1 : 0)
      guard abs(tick - place * beat) <= beat / 8 else { continue }
      weights[place % weights.count] += Double(longest) * Double(count).squareRoot()
    }
    guard let heaviest = weights.indices.max(by: { weights[$0] < weights[$1] }),
      heaviest > 0, 2 * heaviest != weights.count, weights[heaviest] > 0,
      weights[heaviest] >= Self.overFirst * weights[0],
      weights.indices.allSatisfy({
        $0 == heaviest || weights[heaviest] >= Self.overOthers * weights[$0]
      })
    else { return nil }
    signature.tick = heaviest * beat
    beats = heaviest
    self.signature = signature
  }
}

extension Score {
  /// The score with its bars from behind the upbeat on, where one is heard that it does not tell, and how many beats
  /// that has; the score as it is and 0 where there is none.
  package func tellingUpbeat() -> (score: Score, beats: Int) {
    guard let upbeat = UntoldUpbeat(self) else { return (self, 0) }
    var score = self
    // A signature that says again what holds begins a bar.
    score.timeSignatures.append(upbeat.signature)
    return (score, upbeat.beats)
  }
}
