import Music
import StandardMIDIFile
import Tokenization

extension Inpainting {
  /// Some bars of a piece as its own metres have them, counted from 1.
  ///
  /// - Throws: ``FillingError`` where the piece tells no bars or not so many.
  static func units(
    of bars: ClosedRange<Int>, of piece: Score, source: Score, vocabulary: any Vocabulary
  ) throws(FillingError) -> PieceUnits {
    guard let metre = source.metreMap, case .ticksPerQuarter(let own) = source.division,
      case .ticksPerQuarter(let grid) = piece.division
    else { throw FillingError(.timeCode) }
    let count = metre.barCount(of: source)
    // What lies behind the last bar may be named with it, and stays as it is.
    guard bars.lowerBound <= count, bars.upperBound <= metre.barCount(before: source.endTick) else {
      throw FillingError(.bars(found: bars, count: count))
    }
    let countsSeconds = vocabulary.configuration.timeKeeping == .seconds
    let (map, gridMap) = (source.tempoMap, piece.tempoMap)
    var bounds: [Int] = []
    for bar in bars.lowerBound - 1...min(bars.upperBound, count) {
      let tick = metre.tick(ofBar: bar)
      let line =
        countsSeconds
        ? gridMap.tick(atSeconds: map.seconds(atTick: tick))
        : Int((Double(tick) * Double(grid) / Double(own)).rounded())
      let bound = min(line, piece.endTick)
      if bounds.last ?? -1 < bound { bounds.append(bound) }
    }
    return PieceUnits(bounds: bounds)
  }

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
    let metre = MetreMap(ticksPerQuarter: ticks, timeSignatures: metres)
    let end = metre.tick(ofBar: metre.barCount(of: piece))
    return PieceUnits(endTick: min(piece.endTick, end), metre: metre)
  }
}
