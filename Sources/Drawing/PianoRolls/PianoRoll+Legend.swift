extension PianoRoll {
  /// The names of the parts in rows, each beside the colour of its notes.
  struct Legend {
    /// A name, from the left border of the notes on.
    struct Entry {
      /// The number of the part; nil for what tells of those that are not named.
      var part: Int?
      var text: String
      var x: Double
      var row: Int
    }

    private(set) var entries: [Entry] = []
    /// How many rows there are, at least one.
    var rowCount: Int { (entries.last?.row ?? 0) + 1 }

    static let rowHeight = 16.0
    /// How far a name is from the left border of its colour.
    static let indent = 12.0
    private static let gap = 16.0
    private static let mostParts = 32
    private static let longestName = 28

    /// Lays out names in rows of a width.
    init(_ parts: [String], width: Double) {
      var (x, row) = (0.0, 0)
      func place(_ text: String, _ part: Int?) {
        let length = Self.indent + Self.width(of: text)
        if x > 0, x + length > width { (x, row) = (0, row + 1) }
        entries.append(Entry(part: part, text: text, x: x, row: row))
        x += length + Self.gap
      }
      for (part, name) in parts.prefix(Self.mostParts).enumerated() {
        place(
          name.isEmpty ? "part \(part + 1)" : name.shortenedInside(to: Self.longestName), part)
      }
      if parts.count > Self.mostParts { place("and \(parts.count - Self.mostParts) more", nil) }
    }

    /// About how wide a text of the picture's letters is, rather more than less.
    private static func width(of text: String) -> Double {
      text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 6.2 : 11) }
    }
  }
}

extension String {
  /// The text in so many characters at most, its beginning and its end, which often has a number.
  fileprivate func shortenedInside(to most: Int) -> String {
    guard count > most else { return self }
    return prefix((most - 1) / 2) + "…" + suffix(most - 1 - (most - 1) / 2)
  }
}
