import Music
import StandardMIDIFile
import Tokenization

/// A piece as it was given, in whose spans the notes that a model wrote on its grid take the place of
/// those that were there.
struct SourcePiece: Sendable {
  /// The piece as it was given.
  let score: Score
  private let grid: PieceGrid
  private let configuration: VocabularyConfiguration
  /// For each pitch of drums and of other parts whether the vocabulary tells it.
  private let told: (pitches: [Bool], drums: [Bool])

  /// Takes in a piece.
  ///
  /// - Parameters:
  ///   - score: the piece as it was given.
  ///   - gridded: the same on the vocabulary's grid.
  ///   - vocabulary: the vocabulary.
  init(_ score: Score, gridded: Score, vocabulary: any Vocabulary) {
    self.score = score
    configuration = vocabulary.configuration
    grid = PieceGrid(source: score, gridded: gridded, configuration: configuration)
    told = (vocabulary.toldPitches(channel: 0), vocabulary.toldPitches(channel: 9))
  }

  /// The ticks of the source whose notes the grid has in a span.
  func ticks(of span: Range<Int>) -> Range<Int> {
    let lower = grid.firstTick(of: span.lowerBound)
    return lower..<max(lower, grid.firstTick(of: span.upperBound))
  }

  /// The source with a piece's notes in spans of the grid, all else as it is.
  ///
  /// - Parameters:
  ///   - spans: ranges of the grid's ticks, rising.
  ///   - piece: what is written, in the grid's ticks.
  ///   - varied: the index of the one track of the source that is written; nil for all.
  /// - Returns: the score in the source's own ticks.
  func replacing(
    _ spans: some Collection<Range<Int>>, with piece: Score, of varied: Int? = nil
  ) -> Score {
    if spans.isEmpty { return score }
    let spans = Array(spans)
    let places = spans.map(ticks)
    var parts = SpanParts(score, configuration: configuration, spans: spans.count)
    for (index, track) in score.tracks.enumerated() {
      let told = track.isDrums ? told.drums : told.pitches
      for note in track.notes {
        if varied ?? index == index, let span = places.index(ofRangeWith: note.onset),
          told[Int(note.pitch & 0x7F)]
        {
          parts.remove(note, from: index, span: span)
        } else {
          parts.keep(note, in: index)
        }
      }
    }
    let programs = ChannelPrograms(piece)
    for track in piece.tracks {
      for note in track.notes {
        guard let span = spans.index(ofRangeWith: note.onset) else { continue }
        var new = note
        new.onset = grid.nearestTick(to: note.onset)
        new.duration = max(1, grid.nearestTick(to: note.end) - new.onset)
        if let varied {
          parts.add(new, to: varied, span: span)
        } else {
          parts.add(new, playedBy: Instrument(track, in: programs), as: track, span: span)
        }
      }
    }
    return parts.joined()
  }
}

/// A grid among the ticks of the score that was put on it.
private struct PieceGrid: Sendable {
  /// The ticks of a quarter note in the source and in the grid; nil where time counts in seconds.
  private let quarters: (source: Int, grid: Int)?
  private let source: TempoMap
  private let gridded: TempoMap
  /// The grid's step in its ticks.
  private let step: Int

  init(source: Score, gridded: Score, configuration: VocabularyConfiguration) {
    self.source = source.tempoMap
    self.gridded = gridded.tempoMap
    step = configuration.onsetStep(in: gridded)
    quarters =
      if configuration.timeKeeping != .seconds, case .ticksPerQuarter(let own) = source.division,
        case .ticksPerQuarter(let grid) = gridded.division
      {
        (own, grid)
      } else {
        nil
      }
  }

  /// The tick of the source nearest to one of the grid.
  func nearestTick(to tick: Int) -> Int {
    guard let quarters else { return source.tick(atSeconds: gridded.seconds(atTick: tick)) }
    return Int((Double(tick) * Double(quarters.source) / Double(quarters.grid)).rounded())
  }

  /// The first tick of the source that is nearer to a line of the grid than to the line before.
  func firstTick(of line: Int) -> Int {
    if line <= 0 { return 0 }
    guard let quarters else {
      let before = gridded.seconds(atTick: max(0, line - step))
      return source.tick(atSeconds: (before + gridded.seconds(atTick: line)) / 2)
    }
    let place = Double(2 * line - step) * Double(quarters.source) / Double(2 * quarters.grid)
    return Int(place.rounded(.up))
  }
}

extension [Range<Int>] {
  /// The index of the range that holds a number, of ranges that rise; nil where none does.
  fileprivate func index(ofRangeWith number: Int) -> Int? {
    let next = partitioningIndex { $0.lowerBound > number }
    return next > 0 && self[next - 1].contains(number) ? next - 1 : nil
  }
}

extension Vocabulary {
  /// For each pitch of a channel whether a note of it is told.
  fileprivate func toldPitches(channel: UInt8) -> [Bool] {
    (0..<128 as Range<UInt8>).map { pitch in
      let note = Note(onset: 0, duration: 480, pitch: pitch)
      let one = Score(tracks: [Track(channel: channel, notes: [note])], endTick: 480)
      return quantise(one).tracks.contains { !$0.notes.isEmpty }
    }
  }
}

extension VocabularyConfiguration {
  /// The distance of a grid's lines in its ticks.
  func onsetStep(in gridded: Score) -> Int {
    switch self {
    case .performance(let settings): return settings.stepMilliseconds
    case .pianoroll(let settings):
      guard case .ticksPerQuarter(let ticks) = gridded.division else { return 1 }
      return max(1, 4 * ticks / settings.framesPerWhole)
    case .tsd(let settings), .remi(let settings):
      guard case .ticksPerQuarter(let ticks) = gridded.division else { return 1 }
      return max(1, ticks / (settings.resolutions.map(\.positions).max() ?? 1))
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      return base.onsetStep(in: gridded)
    }
  }
}
