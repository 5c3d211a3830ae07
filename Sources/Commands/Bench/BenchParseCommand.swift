import Drawing
import ArgumentParser
import Foundation
import MuseGen

/// `musegen bench parse`: measures how fast MIDI files are read, on one core.
struct BenchParseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parse", abstract: "Measures how fast MIDI files are read, on one core.",
    discussion: """
      The files are loaded first, so that no disk is measured. Each figure is the best of the passes.
      """)

  @Argument(
    help: "MIDI files, folders and patterns.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var files: [String]

  @Option(parsing: .unconditional, help: "How many times all files are read.")
  var passes = 5

  @Flag(help: "Print JSON.")
  var json = false

  private struct Outcome: Encodable {
    var files: Int
    var unreadable: Int
    var bytes: Int
    var events: Int
    var notes: Int
    var parseSeconds: Double
    var scoreSeconds: Double
    var parseMegabytesPerSecond = 0.0
    var scoreMegabytesPerSecond = 0.0
    var notesPerSecond = 0.0
    /// What the best pass took of the processor, which other work on the machine disturbs less.
    var parseProcessorSeconds: Double
    var scoreProcessorSeconds: Double
  }

  /// The shortest time that some work took, by the wall's clock and by the processor's.
  private struct Best {
    private(set) var seconds = Double.infinity
    private(set) var processorSeconds = Double.infinity

    mutating func measure(_ work: () -> Void) {
      let start = clock()
      seconds = min(seconds, ContinuousClock().measure(work) / .seconds(1))
      processorSeconds = min(processorSeconds, Double(clock() - start) / Double(CLOCKS_PER_SEC))
    }
  }

  mutating func run() throws {
    guard passes > 0 else { throw Failure(.usage, "--passes is \(passes), expected 1 or more") }
    let contents: [[UInt8]]
    do {
      contents = try MIDIFileFinder().findPieces(in: files).map { try readMIDIFile(at: $0) }
    } catch let error as CorpusError {
      throw Failure(error)
    } catch {
      throw Failure(.noInput, "\(error)")
    }
    var parse = Best()
    var score = Best()
    var (events, notes, unreadable) = (0, 0, 0)
    for _ in 0..<passes {
      (events, notes, unreadable) = (0, 0, 0)
      parse.measure {
        for bytes in contents {
          if let file = try? MIDIFile(bytes: bytes) {
            events += file.tracks.reduce(0) { $0 + $1.count }
          } else {
            unreadable += 1
          }
        }
      }
      score.measure {
        for bytes in contents {
          guard let file = try? MIDIFile(bytes: bytes) else { continue }
          notes += Score(file).tracks.reduce(0) { $0 + $1.notes.count }
        }
      }
    }
    var outcome = Outcome(
      files: contents.count, unreadable: unreadable, bytes: contents.reduce(0) { $0 + $1.count },
      events: events, notes: notes, parseSeconds: parse.seconds, scoreSeconds: score.seconds,
      parseProcessorSeconds: parse.processorSeconds, scoreProcessorSeconds: score.processorSeconds)
    outcome.parseMegabytesPerSecond = Double(outcome.bytes) / outcome.parseSeconds / 1e6
    outcome.scoreMegabytesPerSecond = Double(outcome.bytes) / outcome.scoreSeconds / 1e6
    outcome.notesPerSecond = Double(outcome.notes) / outcome.scoreSeconds
    try show(outcome)
  }

  private func show(_ outcome: Outcome) throws {
    if json {
      try Terminal.printJSON(outcome)
      return
    }
    try StandardOutput.line(
      "\(outcome.files.counted("file")), \(outcome.bytes.grouped) bytes, "
        + "\(outcome.events.grouped) events, \(outcome.notes.grouped) notes"
        + (outcome.unreadable > 0 ? ", \(outcome.unreadable) unreadable" : ""))
    try StandardOutput.line(
      "parse           \(outcome.parseMegabytesPerSecond.decimals(1)) MB/s, "
        + "\((Double(outcome.events) / outcome.parseSeconds / 1e6).decimals(1)) million events/s")
    try StandardOutput.line(
      "parse to score  \(outcome.scoreMegabytesPerSecond.decimals(1)) MB/s, "
        + "\((outcome.notesPerSecond / 1e6).decimals(1)) million notes/s")
  }
}
