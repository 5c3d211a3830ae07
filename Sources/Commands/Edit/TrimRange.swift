import Drawing
import MuseGen

/// A part of a piece on the command line: `8bars`, `30s`, `5-8`, `0:30-1:00`.
enum TrimRange: Equatable {
  /// Bars, counted from 1, the last included.
  case bars(ClosedRange<Int>)
  case seconds(Range<Double>)

  /// Reads a part; nil where it is none.
  init?(_ text: String) {
    if let range = BarRange(text) {
      self = .bars(range.bars)
      return
    }
    // Two numbers alone are bars, also where there are no such bars.
    if text.wholeMatch(of: /[0-9\s]+[-–][0-9\s]+/) != nil { return nil }
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      .map { TimeSpan(argument: String($0))?.seconds }
    guard let end = ends[ends.count - 1], let start = ends.count > 1 ? ends[0] : 0, start < end,
      end <= GenerationSettings.longestSeconds
    else { return nil }
    self = .seconds(start..<end)
  }

  /// The part in words.
  var words: String {
    switch self {
    case .bars(let bars):
      bars.count == 1
        ? "bar \(bars.lowerBound)" : "bars \(bars.lowerBound) to \(bars.upperBound)"
    case .seconds(let seconds): "\(seconds.lowerBound) to \(seconds.upperBound) s"
    }
  }

  /// The part in ticks of a score, up to its end.
  ///
  /// - Throws: ``Failure`` where it begins after the score's end, or counts bars that the score does not tell.
  func ticks(of score: Score, path: String) throws(Failure) -> Range<Int> {
    switch self {
    case .bars(let bars):
      guard let metre = score.metreMap else { throw Edits.timeCode(path, "--trim in seconds") }
      let count = metre.barCount(of: score)
      guard bars.lowerBound <= count else {
        throw Failure(
          .data, "\(path): \(count.counted("bar")) found, expected --trim to begin in one of them")
      }
      return metre.tick(ofBar: bars.lowerBound - 1)..<metre.tick(ofBar: bars.upperBound)
    case .seconds(let seconds):
      guard seconds.lowerBound < score.duration else {
        throw Failure(
          .data,
          "\(path): lasts \(score.duration.decimals(1)) s, expected --trim to begin before its end")
      }
      let map = score.tempoMap
      let start = map.tick(atSeconds: seconds.lowerBound)
      return start..<max(start, map.tick(atSeconds: seconds.upperBound))
    }
  }
}
