import Foundation

/// Standard output, as a terminal or not.
struct Terminal: Sendable {
  /// Whether lines may be overwritten and coloured.
  let isInteractive: Bool
  /// The number of columns.
  let width: Int

  private let isQuiet: Bool

  /// - Parameter isQuiet: whether nothing is printed, where output is for a program.
  init(isQuiet: Bool = false) {
    self.isQuiet = isQuiet
    isInteractive =
      !isQuiet && isatty(STDOUT_FILENO) == 1
      && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    width = max(20, ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 80)
  }

  /// Prints a line that stays.
  func line(_ text: String) {
    if !isQuiet { write((isInteractive ? "\r\u{1B}[J" : "") + text + "\n") }
  }

  /// Shows a line until the next one; nothing where output is not a terminal.
  func transient(_ text: String) {
    transient([text])
  }

  /// Shows a few lines until the next ones; the cursor stays at the first, so that whatever is
  /// printed next stands in their place.
  func transient(_ lines: [String]) {
    guard isInteractive else { return }
    let text = lines.map { String($0.prefix(width - 1)) }.joined(separator: "\n")
    write("\r\u{1B}[J" + text + (lines.count > 1 ? "\u{1B}[\(lines.count - 1)A\r" : ""))
  }

  private func write(_ text: String) {
    // Whoever stopped reading does not want to hear of it.
    try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  }

  /// A bar of blocks in eighths, filled from 0 to 1.
  static func bar(_ fraction: Double, width: Int) -> String {
    let eighths = Int((min(max(fraction, 0), 1) * Double(width * 8)).rounded())
    let full = String(repeating: "█", count: eighths / 8)
    let partial = eighths % 8 == 0 ? "" : String(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1])
    let rest = width - full.count - partial.count
    return full + partial + String(repeating: "·", count: max(rest, 0))
  }
}

/// A number with so many decimals.
func decimals(_ value: Double, _ places: Int) -> String {
  String(format: "%.\(places)f", value)
}

/// A whole number with thousands set apart by commas.
func grouped(_ value: Int) -> String {
  var digits = Array(String(abs(value)))
  var position = digits.count - 3
  while position > 0 {
    digits.insert(",", at: position)
    position -= 3
  }
  return (value < 0 ? "-" : "") + String(digits)
}
