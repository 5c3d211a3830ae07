import FileStorage
import Foundation
import MuseGen

/// A file that a command writes: its name, and what may be done where something stands there.
struct OutputFile: Sendable {
  /// The name that the user gave, or the one that musegen would choose; that of standard output for `-`.
  let path: String
  /// Whether the user gave it: then nothing else will do.
  private let isGiven: Bool
  private let replacement: Replacement

  /// A file under the name that the user gave.
  init(given path: String, overwrite: OverwriteOptions) {
    self.path = path == "-" ? Self.standardOutput : path
    isGiven = true
    replacement = overwrite.replacement
  }

  /// A file under a name that musegen chose; where that is taken, under the next that is free.
  init(chosen path: String, overwrite: OverwriteOptions? = nil) {
    self.path = path
    isGiven = false
    replacement = overwrite?.replacement ?? .never
  }

  /// The file of one of several pages: `piece-2.png`.
  func page(_ number: Int, of count: Int) -> OutputFile {
    OutputFile(
      path: path.numbered(number, width: String(count).count), isGiven: isGiven,
      replacement: replacement)
  }

  private init(path: String, isGiven: Bool, replacement: Replacement) {
    self.path = path
    self.isGiven = isGiven
    self.replacement = replacement
  }

  /// Finds out before the work whether the file can be written.
  func check() throws {
    if Self.isStandardOutput(path), StandardStream.output.isTerminal {
      throw Failure(
        .usage, "-o \(path): standard output is a terminal, expected a pipe or a file behind >")
    }
    _ = try Failure.writing { try AtomicFile(path: freeName, replacement: replacement) }
  }

  /// Writes bytes.
  ///
  /// - Returns: the name under which they stand.
  @discardableResult
  func write(_ bytes: [UInt8]) throws -> String {
    try Failure.writing {
      try write { try writeFile(bytes, at: $0, replacement: $1) }
    }
  }

  /// Writes.
  ///
  /// - Parameter body: writes a file under a name, and throws `FileError` or `PlaybackError` with
  ///   `EEXIST` where that is taken and nothing may be replaced.
  /// - Returns: the name under which it stands.
  /// - Throws: what the body throws.
  func write(_ body: (String, Replacement) throws -> Void) throws -> String {
    while true {
      let name = freeName
      do {
        try body(name, replacement)
        return name
      } catch {
        // Another process has taken the name meanwhile.
        guard canMove, OutputFile.isTaken(error), isNameTaken(name) else { throw error }
      }
    }
  }

  private var canMove: Bool { !isGiven && replacement == .never }

  private static let standardOutput = "/dev/stdout"

  /// Whether a name stands for standard output, which is then no place for lines that tell of the work.
  static func isStandardOutput(_ path: String) -> Bool {
    path == "-" || openFile(named: path) == StandardStream.output.rawValue
  }

  /// Whether a name stands for what takes bytes as they come: standard output, a pipe, a device.
  static func isStream(_ path: String) -> Bool {
    let kind = fileKind(at: path)
    return path == "-" || openFile(named: path) != nil || kind == .pipe || kind == .device
  }

  /// The name, or the next that is free where nobody asked for this one.
  private var freeName: String {
    guard canMove, isNameTaken(path) else { return path }
    return (2...).lazy.map { path.numbered($0) }.first { !isNameTaken($0) } ?? path
  }

  private static func isTaken(_ error: any Error) -> Bool {
    switch error {
    case let error as FileError: return error.errno == EEXIST
    case let error as PlaybackError:
      if case .file(let file) = error.reason { return file.errno == EEXIST }
      return false
    default: return false
    }
  }

  /// Refuses names of which two are the same file.
  ///
  /// - Parameters:
  ///   - outputs: the names behind `--output`.
  ///   - others: the name behind each other option that names a file to write.
  /// - Throws: ``Failure`` for the first that stands behind another option, or again behind the same.
  static func checkDistinct(
    _ outputs: [String], beside others: KeyValuePairs<String, String?> = [:]
  ) throws(Failure) {
    var seen: [[UInt8]: String] = [:]
    let named = others.compactMap { flag, name in name.map { (flag: flag, name: $0) } }
    for (flag, name) in outputs.map({ (flag: "output", name: $0) }) + named {
      let first = seen.updateValue(flag, forKey: absolutePath(name).systemPath)
      guard let first else { continue }
      throw Failure(
        .usage,
        "--\(flag) \(name) is given twice" + (first == flag ? "" : ", behind --\(first) too"))
    }
    let streamed = outputs.filter(isStandardOutput)
    guard streamed.count < 2 else {
      throw Failure(.usage, "standard output is given twice: \(streamed.joined(separator: ", "))")
    }
  }

  /// Refuses a name whose ending is that of no kind of file that a command writes.
  ///
  /// - Parameters:
  ///   - path: the name.
  ///   - endings: the endings of those kinds, without dots.
  ///   - flag: the flag behind which the name stands.
  /// - Throws: `Failure`, which lists them.
  static func checkEnding(
    of path: String, among endings: [String], flag: String = "-o"
  ) throws(Failure) {
    if endings.contains(where: { path.lowercased().hasSuffix("." + $0) }) { return }
    let names = endings.map { "." + $0 }
    let list =
      names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    throw Failure(
      .usage,
      isStream(path)
        ? "\(flag) takes no stream here, expected a file that ends in \(list)"
        : "\(path): unknown kind of file, expected \(list)")
  }
}
