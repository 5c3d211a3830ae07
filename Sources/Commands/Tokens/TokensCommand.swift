import Drawing
import ArgumentParser
import FileStorage
import Foundation
import MuseGen

/// `musegen tokens`: shows music as the network reads it.
struct TokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens",
    abstract: "Shows music as tokens, a vocabulary's statistics, or tokens as music.",
    discussion: """
      For one file: each token with its time and name. For a folder or several files: how long the \
      pieces are, how even the tokens, how far notes are moved. With --json a line of JSON for each \
      piece. With --decode such a line is turned back into MIDI.
      """)

  @Argument(
    help: "A MIDI file, folders of them, globs; with --decode a file that --json wrote.",
    completion: .file(extensions: MIDIFileFinder.endings + ["json"]))
  var inputs: [String]

  @OptionGroup(title: "Vocabulary") var vocabulary: VocabularyOptions

  @Flag(help: "Print each piece as a line of JSON.")
  var json = false

  @Flag(help: "Turn tokens back into a MIDI file.")
  var decode = false

  @Option(name: [.short, .long], help: "The MIDI file to write, with --decode.")
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  mutating func run() async throws {
    if decode { return try decodeTokens() }
    if output != nil { throw Failure(.usage, "--output goes with --decode only") }
    try vocabulary.tellDifferences()
    let vocabulary = try vocabulary.vocabulary()
    if inputs.count == 1, fileKind(at: inputs[0])?.givesBytes == true {
      if self.vocabulary.merges > 0 {
        throw Failure(.usage, "--merges are learned from a corpus; name a folder")
      }
      let (score, _, piece) = try Score.read(fileAt: inputs[0])
      let late = vocabulary.notesPastLimit(of: score)
      if late > 0 {
        Terminal.warn("\(inputs[0]): \(late.counted("note")) after the first day left out")
      }
      let size = piece.bytes.count
      guard let told = vocabulary.encode(score, limit: PieceBudget.tokens(ofBytes: size)) else {
        throw Failure(CorpusError(.tooLong(bytes: size), path: inputs[0]))
      }
      let tokens = TokenList(tokens: told, path: inputs[0], vocabulary)
      if json {
        try StandardOutput.json(try tokens.line())
      } else {
        try printTable(tokens)
      }
      return
    }
    let terminal = Terminal()
    let corpus = try self.vocabulary.learningMerges(
      of: try NamedMusic(inputs).corpus(in: vocabulary, terminal: json ? nil : terminal))
    if json {
      for (number, piece) in corpus.pieces.enumerated() {
        let tokens = Array(corpus.tokens(ofPiece: number))
        try StandardOutput.json(
          try TokenList(tokens: tokens, path: piece.path, corpus.vocabulary).line())
      }
    } else {
      try TokenReport(corpus).show(on: terminal)
    }
    try corpus.checkIsWhole()
  }

  private func printTable(_ tokens: TokenList) throws {
    for (index, token) in tokens.tokens.enumerated() {
      let seconds = (tokens.seconds?[index] ?? 0).decimals(3)
      try StandardOutput.line(
        "\(String(index).leftPadded(to: 7))\(seconds.leftPadded(to: 11)) s\(String(token).leftPadded(to: 7))  "
          + (tokens.names?[index] ?? ""))
    }
  }

  private func decodeTokens() throws {
    guard inputs.count == 1 else {
      throw Failure(.usage, "--decode takes one file, found \(inputs.count)")
    }
    guard let output else { throw Failure(.usage, "--decode needs a MIDI file to write; add -o") }
    try OutputFile.checkEnding(of: output, among: PieceWriter.midiEndings)
    let file = OutputFile(given: output, overwrite: overwrite)
    try file.check()
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: inputs[0], limit: 1 << 30, allowingStreams: true)
    } catch {
      throw Failure(error)
    }
    let score: Score
    do {
      score = try TokenList(bytes).score()
    } catch let error as VocabularyError {
      throw Failure(.data, "\(inputs[0]): \(error)")
    } catch let error as DecodingError {
      let pieces = bytes.split(separator: UInt8(ascii: "\n"))
      if pieces.count > 1, (try? TokenList(Array(pieces[0]))) != nil {
        throw Failure(
          .data,
          "\(inputs[0]): found \(pieces.count) lines, expected one piece; sed -n 1p takes out the first"
        )
      }
      throw Failure(.data, "\(inputs[0]): \(error.settingProblem)")
    }
    try file.write(score.midiFile().bytes())
    let notes = score.tracks.reduce(0) { $0 + $1.notes.count }
    try StandardOutput.line("\(output): \(notes.counted("note")), \(score.duration.decimals(1)) s")
  }
}
