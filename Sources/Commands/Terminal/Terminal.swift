import Foundation
import Reproducibility

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

  /// Prints a line for a program, at once; whoever stopped reading is not told.
  static func print(line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Prints a value as JSON for programs to read.
  static func printJSON(_ value: some Encodable) throws {
    Swift.print(try CanonicalJSON.text(value, isPretty: true))
  }

  /// Tells of something on standard error, in a line of musegen's.
  static func warn(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("musegen: \(text)\n".utf8))
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
