import Drawing
import ArgumentParser
import Foundation
import MuseGen

/// `musegen bench tokens`: how fast each vocabulary encodes and decodes, on one core.
struct BenchTokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens",
    abstract: "Measures how fast each vocabulary encodes and decodes, on one core.",
    discussion: """
      Files are parsed before the clock starts. Each vocabulary works through the corpus several \
      times; the fastest time counts. Tools/compare_miditok.py --speed runs MidiTok beside it.
      """)

  @Argument(
    help: "Folders, MIDI files or globs.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var inputs: [String]

  @Option(parsing: .unconditional, help: "How many times to work through the corpus.")
  var runs = 3

  @Flag(help: "Print a line of JSON for each vocabulary.")
  var json = false

  mutating func run() async throws {
    guard runs > 0 else { throw Failure(.usage, "--runs is \(runs), expected at least 1") }
    let paths: [String]
    do {
      paths = try MIDIFileFinder().findPieces(in: inputs)
    } catch {
      throw Failure(.noInput, error.description)
    }
    var scores: [Score] = []
    for path in paths {
      do {
        scores.append(try Score(fileAt: path))
      } catch let failure as Failure {
        Terminal.warn("\(failure.message); skipped")
      }
    }
    if scores.isEmpty {
      throw Failure(.data, "none of \(paths.count.counted("file")) could be read")
    }
    if !json {
      let notes = scores.reduce(0) { $0 + $1.tracks.reduce(0) { $0 + $1.notes.count } }
      try StandardOutput.line("\(scores.count.grouped) pieces, \(notes.grouped) notes, one core")
      try StandardOutput.line(
        "vocabulary          tokens    encode tokens/s    decode tokens/s     masks/s")
    }
    for name in VocabularyConfiguration.names {
      let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
      try report(name, Measurement(vocabulary, scores, runs: runs))
    }
  }

  private func report(_ name: String, _ measured: Measurement) throws {
    if json {
      try StandardOutput.line(
        "{\"vocabulary\":\"\(name)\",\"tokens\":\(measured.tokens),"
          + "\"encodeSeconds\":\(measured.encodeSeconds),"
          + "\"decodeSeconds\":\(measured.decodeSeconds),"
          + "\"maskSeconds\":\(measured.maskSeconds)}")
      return
    }
    let columns = [
      (measured.tokens.grouped, 14), (rate(measured.tokens, measured.encodeSeconds), 19),
      (rate(measured.tokens, measured.decodeSeconds), 19),
      (rate(measured.tokens, measured.maskSeconds), 12),
    ]
    try StandardOutput.line(
      name.padding(toLength: 12, withPad: " ", startingAt: 0)
        + columns.map { $0.0.leftPadded(to: $0.1) }.joined())
  }

  private func rate(_ count: Int, _ seconds: Double) -> String {
    Int(Double(count) / max(seconds, 1e-9)).grouped
  }
}

/// What one vocabulary takes for a corpus.
private struct Measurement {
  private(set) var tokens = 0
  private(set) var encodeSeconds = Double.infinity
  private(set) var decodeSeconds = Double.infinity
  private(set) var maskSeconds = Double.infinity

  init(_ vocabulary: any Vocabulary, _ scores: [Score], runs: Int) {
    for _ in 0..<runs {
      var pieces: [[Token]] = []
      encodeSeconds = min(encodeSeconds, Self.seconds { pieces = scores.map(vocabulary.encode) })
      tokens = pieces.reduce(0) { $0 + $1.count }
      decodeSeconds = min(
        decodeSeconds, Self.seconds { for piece in pieces { _ = vocabulary.decode(piece) } })
      maskSeconds = min(
        maskSeconds,
        Self.seconds {
          for piece in pieces {
            var grammar = vocabulary.makeGrammar()
            for token in piece { grammar.advance(token) }
          }
        })
    }
  }

  /// How long work takes.
  private static func seconds(_ work: () -> Void) -> Double {
    let duration = ContinuousClock().measure(work)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
