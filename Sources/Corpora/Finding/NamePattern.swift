/// A file name with wildcards: `*`, `?` and `[a-z]` or `[!a-z]`, as in a shell.
struct NamePattern {
  private enum Part {
    case literal(Character)
    case any
    case run
    case oneOf([ClosedRange<Character>], negated: Bool)
  }

  private var parts: [Part] = []

  /// Whether a text has wildcards in it.
  static func isPattern(_ text: some StringProtocol) -> Bool {
    text.contains { "*?[".contains($0) }
  }

  init(_ text: some StringProtocol) {
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "*": parts.append(.run)
      case "?": parts.append(.any)
      case "[":
        // A bracket that is never closed stands for itself.
        guard let close = rest.dropFirst().firstIndex(of: "]") else {
          parts.append(.literal("["))
          continue
        }
        parts.append(Self.characterClass(rest[..<close]))
        rest = rest[rest.index(after: close)...]
      default: parts.append(.literal(character))
      }
    }
  }

  private static func characterClass(_ text: Substring) -> Part {
    var characters = Array(text)
    let negated = characters.count > 1 && (characters[0] == "!" || characters[0] == "^")
    if negated { characters.removeFirst() }
    var ranges: [ClosedRange<Character>] = []
    var index = 0
    while index < characters.count {
      let low = characters[index]
      if index + 2 < characters.count, characters[index + 1] == "-", low <= characters[index + 2] {
        ranges.append(low...characters[index + 2])
        index += 3
      } else {
        ranges.append(low...low)
        index += 1
      }
    }
    return .oneOf(ranges, negated: negated)
  }

  /// Whether a whole name fits.
  func matches(_ name: String) -> Bool {
    let name = Array(name)
    var part = 0
    var place = 0
    // Where to go on from if the latest `*` has to take one character more.
    var retry: (part: Int, place: Int)?
    while place < name.count {
      if part < parts.count {
        switch parts[part] {
        case .run:
          retry = (part + 1, place)
          part += 1
          continue
        case .any:
          part += 1
          place += 1
          continue
        case .literal(let character) where character == name[place]:
          part += 1
          place += 1
          continue
        case .oneOf(let ranges, let negated)
        where ranges.contains(where: { $0.contains(name[place]) }) != negated:
          part += 1
          place += 1
          continue
        default: break
        }
      }
      guard let last = retry else { return false }
      retry = (last.part, last.place + 1)
      part = last.part
      place = last.place + 1
    }
    return parts[part...].allSatisfy { if case .run = $0 { true } else { false } }
  }
}
