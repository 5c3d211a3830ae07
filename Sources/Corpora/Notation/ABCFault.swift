/// Something in a tune of an ABC file that is not played as it is written.
public struct ABCFault: Hashable, Sendable, CustomStringConvertible {
  /// The line of the file, from 1.
  public var line: Int
  /// The character of the line, from 1; nil where the line was respelt before it was converted.
  public var character: Int?
  /// What is wrong, in the converter's words.
  public var reason: String

  /// Creates a fault.
  public init(line: Int, character: Int? = nil, reason: String) {
    self.line = line
    self.character = character
    self.reason = reason
  }

  /// The fault as one line.
  public var description: String {
    "line \(line)\(character.map { ", character \($0)" } ?? ""): \(reason)"
  }

  /// Reads what `abc2midi` says of a tune: its errors, and the jumps that it does not play.
  ///
  /// - Parameters:
  ///   - words: its output, lines such as `Error in line-char 7-5 : Malformed note`.
  ///   - tune: the tune that it was given.
  /// - Returns: the faults in the order of the output, each once.
  static func faults(in words: [UInt8], of tune: ABCTune) -> [ABCFault] {
    var faults: [ABCFault] = []
    var known: Set<ABCFault> = []
    for line in String(decoding: words, as: UTF8.self).split(separator: "\n") {
      guard let fault = ABCFault(said: line, of: tune), known.insert(fault).inserted else {
        continue
      }
      faults.append(fault)
    }
    return faults
  }

  /// Signs that send the reader elsewhere.
  ///
  /// The converter ignores them with a warning, and so what they repeat is played once.
  private static let jumps = [
    "D.C.", "D.S.", "dacapo", "dacoda", "dalsegno", "segno", "coda", "fine",
  ]

  private init?(said line: Substring, of tune: ABCTune) {
    let kinds = ["Error in line-char ", "Warning in line-char "]
    guard let kind = kinds.first(where: line.hasPrefix),
      let colon = line.dropFirst(kind.count).firstIndex(of: ":")
    else { return nil }
    let place = line[line.index(line.startIndex, offsetBy: kind.count)..<colon]
      .split(separator: "-", omittingEmptySubsequences: false)
      .map { Int($0.filter { !$0.isWhitespace }) }
    guard place.count == 2, let number = place[0], let character = place[1],
      (1...1 << 40).contains(number), character < 1 << 40
    else { return nil }
    var reason = String(line[line.index(after: colon)...].drop(while: \.isWhitespace))
    if kind == kinds[1] {
      let instruction = reason.split(separator: "!", omittingEmptySubsequences: false)
      guard instruction.count == 3, instruction[0].hasPrefix("instruction"),
        Self.jumps.contains(where: instruction[1].hasPrefix)
      else { return nil }
      reason = "!\(instruction[1])! is not played"
    }
    // What is missing at the end is told of a line behind the last one.
    let index = max(0, min(number - 1, tune.lines.count - 1))
    let isPlaced = index == number - 1 && !tune.respelt.contains(index) && character >= 0
    self.init(
      line: tune.lines.isEmpty ? 1 : tune.lines[index],
      character: isPlaced ? character + 1 : nil, reason: reason)
  }
}
