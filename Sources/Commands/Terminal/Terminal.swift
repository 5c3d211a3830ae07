import FileStorage
import Foundation
import Reproducibility
import Synchronization

/// Standard output, as a terminal or not, of a command that works: what cannot be printed does not
/// stop the work, and is told when it ends.
///
/// Where what is made goes there, it is standard error.
struct Terminal: Sendable {
  /// Whether lines may be overwritten.
  let isInteractive: Bool
  /// Whether text may be coloured: on a terminal, unless `NO_COLOR` is set (no-color.org).
  let isColoured: Bool

  private let isQuiet: Bool
  private let stream: StandardStream

  /// - Parameters:
  ///   - isQuiet: whether nothing is printed, where output is for a program.
  ///   - stream: where lines go.
  init(isQuiet: Bool = false, on stream: StandardStream = .output) {
    self.isQuiet = isQuiet
    self.stream = stream
    isInteractive =
      !isQuiet && stream.isTerminal
      && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    isColoured =
      isInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// The number of columns, as the terminal has it at this moment.
  var columns: Int {
    let said = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
    return stream.columns
      ?? said.flatMap { Self.likelyColumns.contains($0) ? $0 : nil } ?? 80
  }

  /// How many columns `COLUMNS` may tell: a drawing takes room for all.
  private static let likelyColumns = 1...10_000

  /// The number of columns for a drawing, which needs some.
  var width: Int { max(20, columns) }

  /// Prints a line that stays, at once; on a terminal it is wrapped between words.
  ///
  /// - Parameters:
  ///   - text: the line.
  ///   - isCommand: whether it is to be copied as it is, and not wrapped.
  func line(_ text: String, isCommand: Bool = false) {
    guard !isQuiet else { return }
    guard isInteractive else { return put(text.displayed + "\n") }
    let shown = text.displayed
    let lines = isCommand ? [shown] : shown.wrapped(to: columns)
    put(Self.clearing + lines.joined(separator: "\n") + "\n")
  }

  /// Prints lines of a picture that is as wide as the terminal, with musegen's own escapes.
  func picture(_ lines: [String]) {
    guard !isQuiet else { return }
    put((isInteractive ? Self.clearing : "") + lines.joined(separator: "\n") + "\n")
  }

  /// Shows a line until the next one; nothing where output is not a terminal.
  func transient(_ text: String) {
    transient([text])
  }

  /// Shows a few lines until the next ones; the cursor stays at the first, so that whatever is
  /// printed next stands in their place.
  func transient(_ lines: [String]) {
    guard isInteractive else { return }
    let columns = columns
    let text = lines.map { String($0.displayed.prefix(max(1, columns - 1))) }.joined(
      separator: "\n")
    // Nothing wraps, also where the terminal has shrunk meanwhile: the way back up is known.
    put(
      Self.clearing + Self.wrappingOff + text + Self.wrappingOn
        + (lines.count > 1 ? "\u{1B}[\(lines.count - 1)A\r" : ""))
  }

  /// DECAWM, whether what goes beyond a line's end goes on in the next.
  private static let (wrappingOff, wrappingOn) = ("\u{1B}[?7l", "\u{1B}[?7h")

  /// To the line's start, and nothing from there on.
  private static let clearing = "\r\u{1B}[J"

  private func put(_ text: String) {
    guard stream == .error else { return Self.show(text) }
    try? stream.write(Array(CharacterSet.current.shown(text).utf8))
  }

  /// Prints a line of JSON for a program, at once.
  static func print(json: String) {
    try? StandardOutput.json(json)
    try? StandardOutput.flush()
  }

  /// Prints text and escapes of musegen's own, at once.
  static func show(_ text: String) {
    try? StandardOutput.raw(text)
    try? StandardOutput.flush()
  }

  /// Prints a value as JSON for programs to read.
  static func printJSON(_ value: some Encodable) throws {
    try StandardOutput.json(try CanonicalJSON.text(value, isPretty: true))
  }

  /// Tells of something on standard error, in a line of musegen's that has an end.
  static func warn(_ text: String) {
    guard !StandardOutput.isSilent.load(ordering: .relaxed) else { return }
    // What was printed before stands before it also where both go to one place.
    try? StandardOutput.flush()
    let clearing =
      StandardStream.error.isTerminal && StandardStream.output.isTerminal
        && ProcessInfo.processInfo.environment["TERM"] != "dumb" ? Self.clearing : ""
    // An empty name, as of a variable of the shell that is not set, would not be seen.
    let told = text.hasPrefix(": ") ? "''\(text)" : text
    let line = CharacterSet.current.shown(
      clearing + "musegen: \(told.displayed.clipped(to: longestWarning))\n")
    try? StandardStream.error.write(Array(line.utf8))
  }

  /// The most characters of a line on standard error.
  private static let longestWarning = 2000

  /// A bar of blocks in eighths, filled from 0 to 1.
  static func bar(_ fraction: Double, width: Int) -> String {
    let eighths = Int((min(max(fraction, 0), 1) * Double(width * 8)).rounded())
    let full = String(repeating: "█", count: eighths / 8)
    let partial = eighths % 8 == 0 ? "" : String(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1])
    let rest = width - full.count - partial.count
    return full + partial + String(repeating: "·", count: max(rest, 0))
  }
}
