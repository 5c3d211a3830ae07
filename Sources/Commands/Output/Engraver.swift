import FileStorage
import Foundation

/// A program that draws scores: MuseScore, or LilyPond.
///
/// It runs without a shell, in a folder of its own that is removed afterwards, and is stopped after two
/// minutes.
struct Engraver {
  private enum Kind {
    case museScore
    /// LilyPond, with the program that makes its input of MusicXML.
    case lilyPond(converter: String)
  }

  private let program: String
  private let kind: Kind

  private static let museScores = [
    "mscore3", "musescore3", "mscore", "musescore", "mscore4", "mscore4portable",
  ]
  private static let timeLimit = 120.0
  private static let largestPage = 64 << 20
  private static let mostWords = 1 << 20

  /// Finds a program in the folders of `$PATH`.
  ///
  /// - Parameter path: the file that it is for.
  /// - Returns: MuseScore, or LilyPond where that is not there.
  /// - Throws: ``Failure`` where none is there.
  static func found(for path: String) throws(Failure) -> Engraver {
    for name in museScores {
      if let program = program(called: name) { return Engraver(program: program, kind: .museScore) }
    }
    if let program = program(called: "lilypond"),
      let converter = Engraver.program(called: "musicxml2ly")
    {
      return Engraver(program: program, kind: .lilyPond(converter: converter))
    }
    throw Failure(
      .unavailable,
      "\(path): engraving needs MuseScore or LilyPond, and neither is installed; install musescore3, or "
        + "write a .musicxml file")
  }

  private static func program(called name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    // A relative folder would find a program of whoever made the working folder.
    return path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
      .first(where: isProgram)
  }

  /// Draws a score.
  ///
  /// - Parameters:
  ///   - document: the score, in MusicXML.
  ///   - ending: `pdf`, `png` or `svg`.
  /// - Returns: the file's bytes; of pictures those of each page.
  /// - Throws: ``Failure`` with the program's last words where it draws nothing.
  func pages(of document: [UInt8], ending: String) throws -> [[UInt8]] {
    try Failure.writing {
      let folder = try TemporaryFolder(in: "/tmp")
      try writeFile(document, at: folder.path + "/score.musicxml")
      switch kind {
      case .museScore:
        try run(program, ["-o", "page.\(ending)", "score.musicxml"], in: folder.path)
      case .lilyPond(let converter):
        try run(converter, ["-o", "page.ly", "score.musicxml"], in: folder.path)
        try run(program, ["--\(ending)", "-o", "page", "page.ly"], in: folder.path)
      }
      let names = try listFolder(at: folder.path).filter {
        $0.hasPrefix("page") && $0.hasSuffix(".\(ending)")
      }.sorted { Self.number(of: $0) < Self.number(of: $1) }
      guard !names.isEmpty else { throw failure("made no .\(ending) file", in: folder.path) }
      return try names.map { try readFile(at: "\(folder.path)/\($0)", limit: Self.largestPage) }
    }
  }

  /// The page that a name such as `page-2.png` or `page-page2.png` counts.
  private static func number(of name: String) -> Int {
    Int(name.filter { $0.isASCII && $0.isNumber }) ?? 0
  }

  private func failure(_ what: String, in folder: String) -> Failure {
    let words = (try? readFile(at: folder + "/words.txt", limit: Self.mostWords)) ?? []
    let last = String(decoding: words, as: UTF8.self).split(whereSeparator: \.isNewline).last
    return Failure(
      .unavailable, "\(fileName(of: program)) \(what)" + (last.map { ": \($0)" } ?? ""))
  }

  /// Runs a program to its end.
  private func run(_ program: String, _ arguments: [String], in folder: String) throws {
    let words = folder + "/words.txt"
    try writeFile([], at: words, replacement: .always)
    let said = FileHandle(forWritingAtPath: words)
    defer { try? said?.close() }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    // No screen, and settings of its own, which leave the user's alone.
    process.environment = [
      "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", "HOME": folder,
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = said ?? FileHandle.nullDevice
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
    } catch {
      throw failure("cannot be started", in: folder)
    }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(Self.timeLimit)
    while ended.wait(timeout: .now() + 0.1) == .timedOut {
      if clock.now < end, !Task.isCancelled { continue }
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      throw failure("took more than \(Int(Self.timeLimit)) seconds and was stopped", in: folder)
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw failure("failed", in: folder)
    }
  }
}
