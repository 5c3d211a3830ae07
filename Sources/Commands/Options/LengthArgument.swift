import ArgumentParser
import MuseGen

/// A piece's length on the command line: `90s`, `2m`, `32bars`, `500notes`, `2000tokens`.
struct LengthArgument: ExpressibleByArgument, CustomStringConvertible {
  var length: PieceLength

  init(length: PieceLength) { self.length = length }

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let unit = argument[digits.endIndex...]
    switch (unit, Int(digits)) {
    case ("bars", let count?), ("bar", let count?): length = .bars(count)
    case ("notes", let count?), ("note", let count?): length = .notes(count)
    case ("tokens", let count?), ("token", let count?): length = .tokens(count)
    default:
      guard let duration = TimeSpan(argument: argument) else { return nil }
      length = .seconds(duration.seconds)
    }
  }

  var description: String {
    switch length {
    case .seconds(let seconds): TimeSpan.text(seconds)
    case .bars(let count): "\(count)bars"
    case .notes(let count): "\(count)notes"
    case .tokens(let count): "\(count)tokens"
    }
  }
  var defaultValueDescription: String { description }
}
