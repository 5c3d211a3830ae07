import Dispatch
import FileStorage
import Improvisation
import MuseGen
import Synchronization

/// What is played in a jam, on disk as it comes: nothing of it is lost with the process, and a file of it can
/// be made later.
///
/// A line for each message: its place in quarter notes, whose it is, and its bytes; and one for each tempo. It is written, and
/// copies are saved, on other threads than the one that plays.
final class JamJournal {
  /// The ending of its name.
  static let ending = "jam"

  /// What was played so far.
  private(set) var recording: JamRecording
  /// The file's name.
  let path: String
  private let writer: JournalWriter
  private let copies = Copies()
  private var tempo = 0.0
  private(set) var isEmpty = true

  /// Begins a journal beside the file that is made of it in the end.
  ///
  /// - Throws: ``Failure`` where it cannot be written.
  init(beside path: String, settings: JamSettings) throws {
    let stem = pathWithoutExtension(path)
    var name = "\(stem).\(Self.ending)"
    var number = 0
    // One that a killed jam has left is its owner's.
    while isNameTaken(name) {
      number += 1
      name = "\(stem)-\(number).\(Self.ending)"
    }
    self.path = name
    recording = JamRecording(metre: settings.metre)
    let log = try Failure.writing { [name] in try LogFile(path: name) }
    try Failure.writing { try log.append("\(Self.title) \(settings.metre)") }
    writer = JournalWriter(path: name) { try log.append($0) }
  }

  private static let title = "musegen jam 1"

  /// Has what came written down, and the tempo where it is another.
  func append(_ messages: [RecordedMessage], tempo: Double, at quarters: Double) {
    var lines: [String] = []
    // Another device's clock sways a little with each of its ticks.
    if abs(tempo - self.tempo) > 0.005 * tempo {
      self.tempo = tempo
      recording.setTempo(quartersPerMinute: tempo, at: quarters)
      lines.append("\(quarters) tempo \(tempo)")
    }
    for message in messages {
      isEmpty = false
      recording.append(message)
      let (status, first, second) = message.message.bytes
      lines.append("\(message.quarters) \(message.side.rawValue) \(status) \(first) \(second)")
    }
    if !lines.isEmpty { writer.append(lines) }
  }

  /// Removes and returns what there is to tell since the last call.
  func takeNews() -> [String] { writer.takeNews() + copies.takeNews() }

  /// Takes the journal away, when its file is there.
  func remove() { try? removeFile(at: path) }

  /// Reads a journal; a line that was cut off with the process is left out.
  static func read(at path: String) throws -> JamRecording {
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: path)
    } catch {
      throw Failure(error)
    }
    // Editors elsewhere end lines otherwise.
    func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
    // The last line may have lost its end: of 120 quarter notes a minute 12 would be left.
    let whole = bytes[..<(bytes.lastIndex(where: isEnd) ?? 0)]
    let lines = whole.split(whereSeparator: isEnd).map { String(decoding: $0, as: UTF8.self) }
    guard let head = lines.first, head.hasPrefix(title + " "),
      let metre = readMetre(head.dropFirst(title.count + 1))
    else { throw Failure(.data, "\(path): no journal of a jam") }
    var recording = JamRecording(metre: metre)
    for line in lines.dropFirst() { read(line, into: &recording) }
    guard !recording.isEmpty else { throw Failure(.data, "\(path): nothing was played") }
    return recording
  }

  private static func readMetre(_ text: Substring) -> PieceAttributes.Metre? {
    let parts = text.split(separator: "/").compactMap { Int($0) }
    guard parts.count == 2, 1...255 ~= parts[0], 1...128 ~= parts[1],
      parts[1] & (parts[1] - 1) == 0
    else { return nil }
    return PieceAttributes.Metre(numerator: parts[0], denominator: parts[1])
  }

  private static func read(_ line: String, into recording: inout JamRecording) {
    let words = line.split(separator: " ")
    guard words.count > 2, let quarters = Double(words[0]), quarters.isFinite else { return }
    if words[1] == "tempo", let tempo = Double(words[2]), tempo.isFinite {
      recording.setTempo(quartersPerMinute: tempo, at: quarters)
      return
    }
    let bytes = words.dropFirst(2).compactMap { UInt8($0) }
    guard bytes.count == 3, let side = RecordedMessage.Side(rawValue: String(words[1])),
      let message = ChannelMessage(status: bytes[0], data1: bytes[1], data2: bytes[2])
    else { return }
    recording.append(RecordedMessage(quarters: quarters, side: side, message: message))
  }

  /// Saves what was played so far beside the playing; ``takeNews()`` tells of it later.
  func saveCopy(as file: OutputFile) { copies.save(recording, as: file) }

  /// Saves what was played, and tells what it is; the journal stays.
  ///
  /// - Throws: ``Failure``, which says what makes a file of the journal.
  func save(as file: OutputFile) throws -> String {
    copies.finish()
    do {
      return try Self.save(recording, as: file)
    } catch var failure as Failure {
      writer.flush()
      failure.message +=
        "; the journal stays: musegen jam --recover \(path) -o FILE"
      throw failure
    }
  }

  /// Saves a recording, and tells what it is.
  static func save(_ recording: JamRecording, as file: OutputFile) throws -> String {
    let score = recording.score
    let name = try file.write(score.midiFile().bytes())
    return "\(name): \(PieceStatistics(score))"
  }
}

/// Saves what was played so far while it goes on, one copy at a time.
private final class Copies: Sendable {
  private struct State {
    var isBusy = false
    var news: [String] = []
  }

  private let state = Mutex(State())
  private let thread = DispatchQueue(label: "musegen.copies")

  func save(_ recording: JamRecording, as file: OutputFile) {
    let isBusy = state.withLock { state in
      if state.isBusy { state.news.append("still saving") }
      defer { state.isBusy = true }
      return state.isBusy
    }
    if isBusy { return }
    thread.async { [self] in
      let news: String
      do {
        news = "saved \(try JamJournal.save(recording, as: file))"
      } catch {
        news = (error as? Failure)?.message ?? "\(error)"
      }
      state.withLock { state in
        state.isBusy = false
        state.news.append(news)
      }
    }
  }

  /// Waits until what is being saved is.
  func finish() { thread.sync {} }

  /// Removes and returns what there is to tell since the last call.
  func takeNews() -> [String] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }
}
