import FileStorage
import Foundation
import StandardMIDIFile

/// `abc2midi`, which turns ABC notation into MIDI files: James Allwright's and Seymour Shlien's
/// abcMIDI, Debian's package `abcmidi`.
public struct ABCConverter: Hashable, Sendable {
  /// The program's name.
  public static let program = "abc2midi"
  /// The largest MIDI file that is taken from it.
  private static let largestFile = 32 << 20
  /// Where its words are kept, and how many bytes of them are read.
  private static let words = "/words.txt"
  private static let mostWords = 1 << 20

  /// Where the program is.
  public let executable: String
  /// It is stopped after so many seconds.
  public var timeLimit = 10.0
  /// The folder in which it is given one to work in, nil for `$TMPDIR`.
  var workplace: String?

  /// Finds the program in the folders of `$PATH`; nil where it is not installed.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  public init?(environment: [String: String]? = nil) {
    let path = (environment ?? processEnvironment())["PATH"] ?? ""
    // A relative folder would find a program of whoever made the working folder.
    let candidates = path.split(separator: ":").filter { $0.hasPrefix("/") }
      .map { "\($0)/\(Self.program)" }
    guard let found = candidates.first(where: isProgram) else { return nil }
    executable = found
  }

  /// What the program makes of a tune.
  struct Conversion: Sendable {
    /// The bytes of a MIDI file, whose bars are those of the music.
    var bytes: [UInt8]
    /// What the program found wrong in the tune.
    var faults: [ABCFault]
  }

  /// Which program this is, so that what another version made is not taken for its work; empty where
  /// it does not say.
  var version: String {
    guard let folder = try? workFolder(), runsWell(["-ver"], in: folder.path) else {
      return ""
    }
    return String(decoding: words(in: folder.path), as: UTF8.self)
  }

  /// Converts a tune.
  ///
  /// - Parameter tune: the tune, as a ``TuneBook`` gives it.
  /// - Returns: the bytes of a MIDI file; nil where the program makes none in time.
  public func midiFile(of tune: [UInt8]) -> [UInt8]? { convert(ABCTune(tune, lines: []))?.bytes }

  /// Converts a tune.
  ///
  /// The program runs without a shell, in a folder of its own that is removed afterwards.
  ///
  /// - Parameter tune: the tune.
  /// - Returns: the MIDI file and the tune's faults; nil where the program makes none in time.
  func convert(_ tune: ABCTune) -> Conversion? {
    guard let folder = try? workFolder() else { return nil }
    let output = folder.path + "/tune.mid"
    guard (try? writeFile(tune.text, at: folder.path + "/tune.abc")) != nil,
      runsWell(["tune.abc", "1", "-silent", "-o", "tune.mid"], in: folder.path),
      let bytes = try? readFile(at: output, limit: Self.largestFile), !bytes.isEmpty
    else { return nil }
    let faults = ABCFault.faults(in: words(in: folder.path), of: tune)
    guard let file = try? MIDIFile(bytes: bytes) else {
      return Conversion(bytes: bytes, faults: faults)
    }
    return Conversion(bytes: file.fillingPickup().bytes(), faults: faults)
  }

  /// A folder for the program to work in.
  ///
  /// Foundation, which starts the program, has no names that are not UTF-8: instead of a folder with such
  /// a name it is one in `/tmp`.
  private func workFolder() throws(FileError) -> TemporaryFolder {
    let folder = try TemporaryFolder(in: workplace)
    if folder.path.systemPath.elementsEqual(folder.path.utf8) { return folder }
    return try TemporaryFolder(in: "/tmp")
  }

  /// What the program said when it ran in a folder.
  private func words(in folder: String) -> [UInt8] {
    (try? readFile(at: folder + Self.words, limit: Self.mostWords)) ?? []
  }

  /// Whether the program ended by itself, in time, without an error.
  private func runsWell(_ arguments: [String], in folder: String) -> Bool {
    guard (try? writeFile([], at: folder + Self.words)) != nil,
      let words = FileHandle(forWritingAtPath: folder + Self.words)
    else { return false }
    defer { try? words.close() }
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ["LC_ALL": "C"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = words
    process.standardError = FileHandle.nullDevice
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    guard (try? process.run()) != nil else { return false }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(timeLimit)
    while ended.wait(timeout: .now() + 0.1) == .timedOut {
      if clock.now < end, !Task.isCancelled { continue }
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      return false
    }
    return process.terminationReason == .exit && process.terminationStatus == 0
  }
}
