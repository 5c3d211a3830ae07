import Music
import StandardMIDIFile
import Tokenization

extension Inpainting {
  /// The bars of a piece, by its own metres or the source's where the vocabulary tells none; two
  /// seconds each where it counts seconds.
  static func units(of piece: Score, source: Score, vocabulary: any Vocabulary) -> PieceUnits {
    guard case .ticksPerQuarter(let ticks) = piece.division,
      vocabulary.configuration.timeKeeping != .seconds
    else {
      return PieceUnits(endTick: piece.endTick, length: piece.tempoMap.tick(atSeconds: 2))
    }
    let metres =
      piece.timeSignatures.isEmpty
      ? source.resampled(ticksPerQuarter: ticks).timeSignatures : piece.timeSignatures
    return PieceUnits(
      endTick: piece.endTick, metre: MetreMap(ticksPerQuarter: ticks, timeSignatures: metres))
  }

  /// A piece with its title, and with the tempo, metre and key that its vocabulary does not tell.
  static func finished(
    _ piece: Score, source: Score, vocabulary: any Vocabulary
  ) -> Score {
    var score = piece
    score.title = source.title
    guard case .ticksPerQuarter(let ticks) = piece.division,
      case .ticksPerQuarter = source.division
    else { return score }
    let timeKeeping = vocabulary.configuration.timeKeeping
    if timeKeeping == .seconds { return score }
    let source = source.resampled(ticksPerQuarter: ticks)
    score.keySignatures = source.keySignatures.filter { $0.tick <= piece.endTick }
    if timeKeeping != .beats(tellsTempos: true) {
      score.tempos = source.tempos.filter { $0.tick <= piece.endTick }
    }
    if piece.timeSignatures.isEmpty {
      score.timeSignatures = source.timeSignatures.filter { $0.tick <= piece.endTick }
    }
    return score
  }
}

/// What a vocabulary's ticks stand for.
private enum TimeKeeping: Equatable {
  case seconds
  case beats(tellsTempos: Bool)
}

extension VocabularyConfiguration {
  fileprivate var timeKeeping: TimeKeeping {
    switch self {
    case .performance: .seconds
    case .pianoroll: .beats(tellsTempos: false)
    case .tsd(let settings), .remi(let settings): .beats(tellsTempos: settings.tempos)
    case .merged(let base, _): base.timeKeeping
    }
  }
}
