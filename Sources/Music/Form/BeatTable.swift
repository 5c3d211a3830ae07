import StandardMIDIFile

/// The bars of a piece and the beats in them, from the bar of its first note to that of its last.
///
/// A beat is the note value of the time signature's denominator, three of them where eighths or shorter notes
/// come in threes.
struct BeatTable: Sendable {
  /// The most bars that are looked at.
  static let mostBars = 2048
  /// The most beats; only bars of very many beats are fewer for it.
  static let mostBeats = 65_536

  /// The number of the first bar in the piece's ``MetreMap``.
  private(set) var firstBar = 0
  /// Where each bar's beats lie among all beats.
  private(set) var bars: [Range<Int>] = []
  /// The tick at which each beat begins, and that at which the last ends.
  private(set) var edges: [Int] = []
  /// Whether the piece has more bars than these.
  private(set) var isCutShort = false

  /// Reads a piece; nil in time code, which has no bars.
  ///
  /// A piece without notes has none either.
  init?(_ score: Score) {
    guard let metre = score.metreMap, case .ticksPerQuarter(let quarter) = score.division else {
      return nil
    }
    guard score.tracks.contains(where: { !$0.notes.isEmpty }) else { return }
    var (start, lastEnd) = (Int.max, Int.min)
    for track in score.tracks {
      for note in track.notes {
        start = min(start, note.onset)
        lastEnd = max(lastEnd, note.end)
      }
    }
    let end = max(lastEnd, start + 1)
    firstBar = metre.bar(at: start)
    let signatures = score.timeSignatures
    var signature = 0
    edges.append(metre.tick(ofBar: firstBar))
    for bar in firstBar...metre.bar(at: end - 1) {
      guard bars.count < Self.mostBars, edges.count < Self.mostBeats else {
        isCutShort = true
        break
      }
      let (from, to) = (metre.tick(ofBar: bar), metre.tick(ofBar: bar + 1))
      while signature < signatures.count, signatures[signature].tick <= from { signature += 1 }
      let beat =
        signature > 0 ? signatures[signature - 1].beatTicks(perQuarter: quarter) : quarter
      let first = edges.count - 1
      var tick = from + beat
      while tick < to, edges.count < Self.mostBeats {
        edges.append(tick)
        tick += beat
      }
      edges.append(to)
      bars.append(first..<edges.count - 1)
    }
  }

  /// The number of beats.
  var beatCount: Int { max(edges.count - 1, 0) }

  /// The beat in which a tick lies; the first before them all, the last behind.
  func beat(at tick: Int) -> Int {
    min(max(edges.partitioningIndex { $0 > tick } - 1, 0), beatCount - 1)
  }

  /// The same beat, sought from a place that was found before, at first 0.
  func beat(at tick: Int, near place: inout Int) -> Int {
    place = edges.partitioningIndex(near: place, in: edges.indices) { $0 > tick }
    return min(max(place - 1, 0), beatCount - 1)
  }
}

extension TimeSignature {
  /// How many beats a bar has: a beat is the denominator's note value, three of them where eighths or shorter
  /// notes come in threes.
  public var beatCount: Int { isCompound ? numerator / 3 : numerator }

  private var isCompound: Bool { denominator >= 8 && numerator % 3 == 0 }

  /// The length of a beat, at least 1.
  fileprivate func beatTicks(perQuarter quarter: Int) -> Int {
    max(4 * quarter * (isCompound ? 3 : 1) / max(denominator, 1), 1)
  }
}
