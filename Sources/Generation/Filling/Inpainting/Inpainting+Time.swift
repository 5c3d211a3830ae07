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
}
