import MuseGen

/// The pieces of new music that are being played, one after another, for whoever keeps what was heard.
///
/// They are kept as they are written, on their own grid, and cut where the listener is.
struct PlayedPieces: Sendable {
  private struct Piece {
    var credit: PieceCredit
    /// What was asked for.
    var settings: GenerationSettings
    /// Whether the listener does not want it.
    var isDiscarded = false
    /// When it begins to be heard, in seconds.
    var start: Double
    /// How much later than in the piece itself a moment is heard: a rest at its start is not.
    var shift: Double
    /// When it ends or was left for another one; nil while it goes on.
    var end: Double?
    var music: Music
  }

  /// Where a piece's notes are.
  private enum Music {
    case written(PieceStream)
    case done(Score)
    /// What was written of a piece that nobody waits for any more.
    case left(Score)
  }

  private var pieces: [Piece] = []
  /// The longest rest that is kept between two pieces, in seconds: where one is left out there would be
  /// longer ones.
  private static let longestRest = 2.0

  /// How much music without end is kept, in seconds: some megabytes.
  private static let keptSeconds = 3_600.0

  /// Adds a piece, and forgets those that ended an hour before.
  mutating func begin(
    _ stream: PieceStream, _ settings: GenerationSettings, _ credit: PieceCredit, at start: Double
  ) {
    pieces.removeAll { $0.end ?? .infinity < start - PlayedPieces.keptSeconds }
    pieces.append(
      Piece(
        credit: credit, settings: settings, start: start, shift: start, music: .written(stream)))
  }

  /// The settings of the piece that is heard at a moment, with what was changed on the way; nil before the
  /// first.
  func settings(at seconds: Double) async -> GenerationSettings? {
    guard let piece = pieces.last(where: { $0.start <= seconds }) else { return nil }
    var settings = piece.settings
    if case .written(let stream) = piece.music { settings.changes = await stream.changes }
    return settings
  }

  /// Leaves out the piece that is heard at a moment.
  mutating func discard(at seconds: Double) {
    if let place = pieces.lastIndex(where: { $0.start <= seconds }) {
      pieces[place].isDiscarded = true
    }
  }

  /// Says how much later than in the last piece itself its moments are heard.
  mutating func shift(by seconds: Double) {
    if !pieces.isEmpty { pieces[pieces.count - 1].shift = seconds }
  }

  /// Says that the last piece goes no further, and whether it was written to its end.
  mutating func end(
    _ score: Score, _ changes: [SamplingChange], at seconds: Double, isWhole: Bool
  ) {
    if pieces.isEmpty { return }
    pieces[pieces.count - 1].settings.changes = changes
    pieces[pieces.count - 1].music = isWhole ? .done(score) : .left(score)
    pieces[pieces.count - 1].end = seconds
  }

  /// Leaves out what would be heard after a moment.
  mutating func truncate(at seconds: Double) {
    pieces.removeAll { $0.start >= seconds }
    if let last = pieces.indices.last, pieces[last].end ?? .infinity > seconds {
      pieces[last].end = seconds
    }
  }

  /// What was heard until a moment, with what the listener changed and without what was discarded.
  ///
  /// Of one piece it is what is written of it up to there, signed; of several one after another, each from a
  /// bar line on and named where it begins.
  func score(until seconds: Double, _ changes: PlayedChanges) async -> Score {
    var joined: Score?
    var names: [TextEvent] = []
    var heardEnd = 0.0
    let heard = pieces.filter { $0.start < seconds && !$0.isDiscarded }
    for piece in heard {
      let until = min(seconds, piece.end ?? .infinity) - piece.shift
      var score: Score
      switch piece.music {
      case .written(let stream): score = await stream.score.cut(at: until, isWhole: false)
      case .left(let written): score = written.cut(at: until, isWhole: false)
      case .done(let whole): score = whole.cut(at: until, isWhole: true)
      }
      score = score.changed(as: changes.counted(from: piece.shift))
      guard let before = joined else {
        if heard.count == 1 { piece.credit.sign(&score) }
        names.append(TextEvent(tick: 0, kind: .text, text: piece.credit.text))
        joined = score
        heardEnd = piece.end ?? seconds
        continue
      }
      let rest =
        min(max(0, piece.start - heardEnd), Self.longestRest) / changes.speed(at: heardEnd)
      let start = before.barLine(after: rest)
      names.append(TextEvent(tick: start, kind: .text, text: piece.credit.text))
      joined = before.followed(by: score, at: start)
      heardEnd = piece.end ?? seconds
    }
    guard var score = joined else { return Score() }
    if heard.count > 1 { score.texts = names }
    return score
  }
}

extension Score {
  /// The score up to a moment.
  ///
  /// - Parameters:
  ///   - seconds: the moment.
  ///   - isWhole: whether nothing comes after it; then it stays as it is where all its notes are heard.
  /// - Returns: the score up to there, without instruments that are yet to play.
  fileprivate func cut(at seconds: Double, isWhole: Bool) -> Score {
    let map = tempoMap
    let tick = max(0, map.tick(atSeconds: seconds))
    // A player counts in blocks of samples, so that it may end a block before the last note does.
    let end = map.seconds(atTick: tracks.reduce(0) { max($0, $1.lastNoteEnd) })
    if isWhole, seconds >= end - 0.01 { return self }
    var score = trimmed(to: 0..<tick)
    score.tracks.removeAll(where: \.notes.isEmpty)
    return score
  }

  /// The first bar line that comes so many seconds after the end or later.
  fileprivate func barLine(after seconds: Double) -> Int {
    let map = tempoMap
    let tick = map.tick(atSeconds: map.seconds(atTick: endTick) + seconds)
    guard let metre = metreMap else { return tick }
    let bar = metre.bar(at: tick)
    let start = metre.tick(ofBar: bar)
    return start == tick ? tick : metre.tick(ofBar: bar + 1)
  }

  /// The score with another one of the same division behind it, part by part.
  fileprivate func followed(by next: Score, at start: Int) -> Score {
    var score = self
    if next.tempos.first?.tick != 0, !score.tempos.isEmpty {
      score.tempos.append(TempoChange(tick: start, microsecondsPerQuarter: 500_000))
    }
    score.tempos += next.tempos.map { tempo in
      TempoChange(tick: start + tempo.tick, microsecondsPerQuarter: tempo.microsecondsPerQuarter)
    }
    if next.timeSignatures.first?.tick != 0, !score.timeSignatures.isEmpty {
      score.timeSignatures.append(TimeSignature(tick: start, numerator: 4, denominator: 4))
    }
    score.timeSignatures += next.timeSignatures.map { signature in
      var signature = signature
      signature.tick += start
      return signature
    }
    for var track in next.tracks {
      for index in track.notes.indices { track.notes[index].onset += start }
      for index in track.messages.indices { track.messages[index].tick += start }
      if let same = score.tracks.firstIndex(where: { $0.part == track.part }) {
        score.tracks[same].notes += track.notes
        score.tracks[same].messages += track.messages
      } else {
        score.tracks.append(track)
      }
    }
    score.endTick = start + next.endTick
    return score
  }
}
