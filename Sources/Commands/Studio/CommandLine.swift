import MuseGen
package import Studio

/// The command lines that make the studio's pieces again, byte for byte.
package enum CommandLine {
  /// The command line of a piece; nil where no model wrote it, or around what was locked.
  ///
  /// - Parameters:
  ///   - record: the piece, which may have been changed by hand since.
  ///   - source: where the piece is that it was written upon.
  /// - Returns: the line, as a shell takes it.
  package static func making(_ record: PieceRecord, source: String?) -> String? {
    guard let order = record.order, record.isBeyondCommands != true else { return nil }
    var words = ["musegen"]
    switch order.kind {
    case .new: words += ["generate"]
    case .continuation:
      words += ["generate", "--primer", source ?? ""]
      if let bar = order.afterBar { words += ["--primer-length", "\(bar)bars"] }
    case .variation, .filling: words += ["vary", source ?? ""]
    case .harmony: words += ["harmonize", source ?? ""]
    case .accompaniment: words += ["accompany", source ?? ""]
    }
    words += ["-m", order.model]
    func add(_ flag: String, _ value: (some CustomStringConvertible)?) {
      if let value { words += ["--\(flag)", value.description] }
    }
    add("style", order.style)
    add("key", order.key)
    add("metre", order.metre)
    add("tempo", order.tempo)
    add("density", order.density)
    add("instruments", order.instruments?.map(\.rawValue).joined(separator: ","))
    add("length", order.length?.text)
    add("temperature", order.temperature)
    add("repeats", order.repeats)
    for change in order.changes?.flatMap(\.changes) ?? [] {
      add("then", ChangeArgument(change))
    }
    add("bars", order.bars.map { "\($0[0])-\($0[1])" })
    add(order.kind == .accompaniment ? "part" : "track", order.track)
    add("strength", order.strength)
    add("seed", order.seed)
    words += ["-o", fileName(of: record.name)]
    return words.map(\.shellQuoted).joined(separator: " ")
  }

  /// A file's name for a piece.
  private static func fileName(of name: String) -> String {
    let ending = ".mid"
    var plain = name.map { $0 == "/" ? "-" : String($0) }.joined()
    while plain.utf8.count + ending.utf8.count > longestFileName { plain.removeLast() }
    // A hyphen in front would be taken for a flag, a dot hides a file.
    return (plain.hasPrefix("-") || plain.hasPrefix(".") ? "./" : "") + plain + ending
  }

  /// The most bytes of a file's name that a file system takes.
  private static let longestFileName = 255
}

extension PieceOrder.Length {
  /// The length as the command line takes it.
  fileprivate var text: String {
    switch unit {
    case .seconds: "\(amount)s"
    case .upto: "upto\(amount)s"
    case .bars: "\(amount)bars"
    case .notes: "\(amount)notes"
    }
  }
}
