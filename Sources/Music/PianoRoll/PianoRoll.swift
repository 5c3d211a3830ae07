import StandardMIDIFile

/// A score as bars over time: what a piano roll shows.
///
/// Drawn as text for a terminal and as an SVG picture. Its size does not grow with the length of the
/// piece, so that a score with days of silence is drawn as easily as any.
public struct PianoRoll: Hashable, Sendable {
  /// A note as a bar.
  struct Bar: Hashable, Sendable {
    var startSeconds: Double
    var endSeconds: Double
    var pitch: UInt8
    var velocity: UInt8
    /// The index of its track among the tracks with notes, which chooses the colour.
    var part: Int
  }

  /// The notes.
  var bars: [Bar] = []
  /// The names of the parts, in the order of their colours.
  var parts: [String] = []
  /// The length of the piece.
  var seconds: Double
  /// The pitches shown: those played, and at least an octave.
  var pitches: ClosedRange<Int>
  /// Where the measures of the piece start, where they are few enough to be seen.
  var measureSeconds: [Double] = []
  /// The piece's title.
  var title: String

  /// Lays out a score.
  ///
  /// - Parameter score: the score.
  /// - Complexity: O(*n* log *m*) for *n* notes and *m* tempo changes.
  public init(_ score: Score) {
    let map = score.tempoMap
    let endTick = score.tracks.reduce(score.endTick) { max($0, $1.lastNoteEnd) }
    seconds = max(map.seconds(atTick: endTick), 0.001)
    title = score.title
    for track in score.tracks where !track.notes.isEmpty {
      for note in track.notes {
        bars.append(
          Bar(
            startSeconds: map.seconds(atTick: note.onset),
            endSeconds: map.seconds(atTick: note.end),
            pitch: note.pitch, velocity: note.velocity, part: parts.count))
      }
      parts.append(track.isDrums && track.name.isEmpty ? "drums" : track.name)
    }
    let lowest = bars.reduce(127) { min($0, Int($1.pitch)) }
    let highest = bars.reduce(0) { max($0, Int($1.pitch)) }
    let bottom = bars.isEmpty ? 60 : min(lowest, 116)
    pitches = bottom...max(highest, bottom + 11)
    measureSeconds = score.measureStarts(limit: 400).map(map.seconds(atTick:))
  }
}

extension Score {
  /// The ticks at which measures start, or none where there are more than `limit`.
  func measureStarts(limit: Int) -> [Int] {
    guard case .ticksPerQuarter(let quarter) = division else { return [] }
    var starts: [Int] = []
    var tick = 0
    var length = quarter * 4
    var next = 0
    while tick < endTick {
      while next < timeSignatures.count, timeSignatures[next].tick <= tick {
        let signature = timeSignatures[next]
        length = max(quarter * 4 * signature.numerator / signature.denominator, 1)
        next += 1
      }
      starts.append(tick)
      if starts.count > limit { return [] }
      let end = tick + length
      // A signature in the middle of a measure starts a new one.
      tick = next < timeSignatures.count ? min(end, max(timeSignatures[next].tick, tick + 1)) : end
    }
    return starts
  }
}

/// A pitch's name in scientific notation, 60 being C4.
func noteName(_ pitch: Int) -> String {
  let names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
  return "\(names[pitch % 12])\(pitch / 12 - 1)"
}

/// A time as minutes and seconds.
func clock(_ seconds: Double) -> String {
  let whole = Int(min(seconds, 1e12))
  let rest = whole % 60
  return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
}
