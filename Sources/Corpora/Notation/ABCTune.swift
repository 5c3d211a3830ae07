/// A tune of an ABC file, spelt so that `abc2midi` plays it as the standard reads it.
struct ABCTune: Hashable, Sendable {
  /// The text that the converter is given.
  private(set) var text: [UInt8] = []
  /// The line of the file that each line of the text stands for, from 1.
  private(set) var lines: [Int] = []
  /// The lines of the text, from 0, whose characters are not where the file has them.
  private(set) var respelt: Set<Int> = []

  /// Respells a tune.
  ///
  /// - Parameters:
  ///   - tune: a tune's text, as a ``TuneBook`` gives it.
  ///   - lines: the line of the file of each line of the text, from 1.
  init(_ tune: [UInt8], lines: [Int]) {
    // Blank lines at the end are none of the tune's.
    let count =
      1 + (tune.lastIndex { $0 != lineFeed }.map { tune[..<$0].count { $0 == lineFeed } } ?? 0)
    self.lines = Array(lines.prefix(count))
    text.reserveCapacity(tune.count + 32)
    var isMusic = false
    var metre: ArraySlice<UInt8>?
    // A metre is stated anew behind the first bar line, so that a pickup is seen; see PickupBar.
    var awaitsBarLine = false
    for (index, line) in tune.split(separator: lineFeed, omittingEmptySubsequences: false)
      .enumerated()
    {
      if index > 0 { text.append(lineFeed) }
      guard isMusic, !line.isFieldOrDirective, !line.isComment else {
        if line.isField("M") && !isMusic { metre = line.dropFirst(2) }
        // Behind it, a field changes what holds from there, and the first bar is no pickup.
        if isMusic && line.isField("M") { awaitsBarLine = false }
        if line.isField("K") && !isMusic {
          isMusic = true
          awaitsBarLine = metre?.isMetre == true
        }
        text += line
        continue
      }
      var spelt = ABCLine(line)
      spelt.spellOutBrokenRhythm()
      if awaitsBarLine, let metre, spelt.restate(metre: metre) { awaitsBarLine = false }
      if spelt.bytes != Array(line) { respelt.insert(index) }
      text += spelt.bytes
    }
  }
}

private let lineFeed = UInt8(ascii: "\n")

extension ArraySlice<UInt8> {
  /// Whether the line is a field: a letter and a colon, such as `M:`.
  func isField(_ letter: Character) -> Bool {
    count >= 2 && self[startIndex] == letter.asciiValue && self[startIndex + 1] == UInt8(ascii: ":")
  }

  /// Whether the line is a field or a directive, `%%`.
  var isFieldOrDirective: Bool {
    guard let first else { return false }
    let isLetter = (65...90).contains(first) || (97...122).contains(first)
    return starts(with: "%%".utf8)
      || (isLetter || first == UInt8(ascii: "+")) && count >= 2
        && self[startIndex + 1] == UInt8(ascii: ":")
  }

  fileprivate var isComment: Bool { first == UInt8(ascii: "%") }

  /// Whether a field `M:` holds a metre with a bar: two numbers, or C.
  fileprivate var isMetre: Bool {
    let text = String(decoding: prefix { $0 != UInt8(ascii: "%") }, as: UTF8.self)
      .filter { !$0.isWhitespace }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return text == "C" || text == "C|"
      || parts.count == 2 && parts.allSatisfy { (Int($0) ?? 0) > 0 }
  }
}
