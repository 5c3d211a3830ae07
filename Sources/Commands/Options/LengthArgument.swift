import ArgumentParser
import Drawing
package import MuseGen

/// A piece's length on the command line: `90s`, `2 min`, `1:30`, `upto3m`, `32bars`, `500notes`, `2000tokens`.
package struct LengthArgument: FormedArgument, CustomStringConvertible {
  package static let form = "a length such as 90s, 2min, 1:30, upto3m, 32bars or 500notes"

  package var length: PieceLength

  package init(length: PieceLength) { self.length = length }

  package init?(argument: String) {
    let text = argument.drop(while: \.isWhitespace)
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).split(whereSeparator: \.isWhitespace).joined()
    switch (unit.lowercased(), Int(digits)) {
    case ("bars", let count?), ("bar", let count?): length = .bars(count)
    case ("notes", let count?), ("note", let count?): length = .notes(count)
    case ("tokens", let count?), ("token", let count?): length = .tokens(count)
    default:
      let most = text.prefixMatch(of: /up ?to\s*/.ignoresCase())?.range.upperBound
      guard let duration = TimeSpan(argument: String(text[(most ?? text.startIndex)...]))
      else { return nil }
      length = most == nil ? .seconds(duration.seconds) : .atMost(duration.seconds)
    }
  }

  package var description: String {
    switch length {
    case .seconds(let seconds): ClockText.duration(seconds)
    case .atMost(let seconds): "upto" + ClockText.duration(seconds)
    case .bars(let count): "\(count)bars"
    case .form(let form): "\(form.bars)bars"
    case .notes(let count): "\(count)notes"
    case .tokens(let count): "\(count)tokens"
    }
  }
  package var defaultValueDescription: String { description }
}

extension Score {
  /// The beginning of a primer.
  ///
  /// - Parameter length: how much of it: seconds, bars or notes.
  /// - Returns: the score up to there.
  /// - Throws: ``Failure`` for a length of nothing, for bars of time code and for tokens, which a score has none of.
  func cut(to length: LengthArgument) throws(Failure) -> Score {
    let end: Int
    switch length.length {
    case .seconds(let seconds) where seconds > 0 && seconds <= GenerationSettings.longestSeconds,
      .atMost(let seconds) where seconds > 0 && seconds <= GenerationSettings.longestSeconds:
      end = tempoMap.tick(atSeconds: seconds)
    case .bars(let count) where count > 0 && metreMap != nil:
      return beginning(bars: count)
    case .notes(let count) where count > 0:
      let onsets = tracks.flatMap { $0.notes.map(\.onset) }.sorted()
      end = count < onsets.count ? onsets[count] : endTick
    case .bars(let count) where count > 0:
      throw Failure(
        .data, "--primer-length is \(length), expected seconds or notes of a primer in time code")
    default:
      throw Failure(
        .usage,
        "--primer-length is \(length), expected more than 0 and at most a day, as seconds, bars or notes "
          + "such as 8bars")
    }
    return trimmed(to: 0..<max(1, end))
  }
}
