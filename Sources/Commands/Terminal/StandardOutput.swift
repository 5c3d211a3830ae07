import FileStorage
import Glibc
import Synchronization

/// The only door to standard output.
///
/// What is printed is kept until there is much of it, until a line goes to standard error, and until the
/// command ends; on a terminal each line goes out at once. After the first byte that could not be
/// written all else is dropped, and the error is thrown again and again.
enum StandardOutput {
  private struct State {
    var bytes: [UInt8] = []
    var error: OutputError?
  }

  private static let state = Mutex(State())
  private static let capacity = 1 << 16
  fileprivate static let isTerminal = StandardStream.output.isTerminal

  /// Prints a line; what could steer a terminal, or end the line, stands in hexadecimal.
  static func line(_ text: String = "") throws(OutputError) {
    try write(text.displayed + "\n")
  }

  /// Prints lines.
  static func lines(_ lines: [String]) throws(OutputError) {
    for text in lines { try line(text) }
  }

  /// Prints cells with tabs between them, for a program; a tab inside a cell stands in hexadecimal.
  static func row(_ cells: [String]) throws(OutputError) {
    try write(cells.map(\.displayed).joined(separator: "\t") + "\n", in: .unicode)
  }

  /// Prints a line of a file that is to be read again, in all its characters.
  static func fileLine(_ text: String) throws(OutputError) {
    try write(text.displayed + "\n", in: .unicode)
  }

  /// Prints JSON; what could steer a terminal stands as JSON's own escapes.
  static func json(_ text: String) throws(OutputError) {
    try write(text.displayedJSON + "\n", in: .unicode)
  }

  /// Prints lines of musegen's own making as they are: drawings, and help.
  static func raw(_ text: String) throws(OutputError) {
    try write(text)
  }

  /// Prints nothing from here on, on either stream: another process says the same.
  static func fallSilent() { isSilent.store(true, ordering: .relaxed) }

  /// Whether nothing is to be printed.
  static let isSilent = Atomic(false)

  private static func write(
    _ text: String, in characters: CharacterSet = .current
  ) throws(OutputError) {
    guard !isSilent.load(ordering: .relaxed) else { return }
    let text = characters.shown(text)
    let (error, isDue) = state.withLock { state in
      if state.error == nil { state.bytes += text.utf8 }
      return (state.error, isTerminal || state.bytes.count >= capacity)
    }
    if let error { throw error }
    if isDue { try flush() }
  }

  /// Writes what is kept.
  ///
  /// - Throws: ``OutputError`` where this or anything before could not be written.
  static func flush() throws(OutputError) {
    let error = state.withLock { state in
      if state.error == nil, !state.bytes.isEmpty {
        do throws(FileError) {
          try StandardStream.output.write(state.bytes)
        } catch {
          state.error = OutputError(file: error)
        }
        state.bytes.removeAll(keepingCapacity: true)
      }
      return state.error
    }
    if let error { throw error }
  }
}

/// Why standard output cannot be written.
struct OutputError: Error, Equatable {
  var file: FileError

  /// Whether whoever read it wants no more, as `head` after ten lines: no fault of anybody's.
  ///
  /// A terminal that was closed answers with EIO.
  var isReaderGone: Bool {
    file.isReaderGone || file.errno == EIO && StandardOutput.isTerminal
  }
}

extension String {
  /// JSON as it may be shown: what could steer a terminal or turn a line around is escaped.
  ///
  /// JSON allows such scalars in its texts; what stands between texts is ASCII and stays.
  package var displayedJSON: String {
    guard utf8.contains(where: { $0 >= 0x7F }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.value >= 0x7F, String(scalar).displayed != String(scalar), !scalar.isEscapedByte {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }
}

extension Unicode.Scalar {
  /// Whether it stands for a byte of a name that is no UTF-8: private use, which steers nothing.
  fileprivate var isEscapedByte: Bool { properties.generalCategory == .privateUse }
}
