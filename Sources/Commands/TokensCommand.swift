import ArgumentParser
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
    completion: .file(extensions: ["mid", "midi", "kar", "rmi", "json"]))
  var inputs: [String]

  @OptionGroup(title: "Vocabulary") var vocabulary: VocabularyOptions

  @Flag(help: "Print each piece as a line of JSON.")
  var json = false

  @Flag(help: "Turn tokens back into a MIDI file.")
  var decode = false

  @Option(name: [.short, .long], help: "The MIDI file to write, with --decode.")
  var output: String?

  mutating func run() async throws {
    if decode { return try decodeTokens() }
    if output != nil { throw Failure(.usage, "--output goes with --decode only") }
    let vocabulary = try vocabulary.vocabulary()
    if inputs.count == 1, fileKind(at: inputs[0]) == .file {
      if self.vocabulary.merges > 0 {
        throw Failure(.usage, "--merges are learned from a corpus; name a folder")
      }
      let tokens = TokenList(
        tokens: vocabulary.encode(try readScore(at: inputs[0])), path: inputs[0], vocabulary)
      if json {
        print(try tokens.line())
      } else {
        printTable(tokens)
      }
      return
    }
    let terminal = Terminal()
    let corpus = try self.vocabulary.learningMerges(
      of: try loadCorpus(inputs, vocabulary: vocabulary, terminal: json ? nil : terminal))
    if json {
      for piece in corpus.pieces {
        let tokens = Array(corpus.tokens[piece.tokens])
        print(try TokenList(tokens: tokens, path: piece.path, corpus.vocabulary).line())
      }
    } else {
      try TokenReport(corpus).show(on: terminal)
    }
  }

  private func printTable(_ tokens: TokenList) {
    for (index, token) in tokens.tokens.enumerated() {
      let seconds = decimals(tokens.seconds?[index] ?? 0, 3)
      print(
        "\(padded(String(index), 7))\(padded(seconds, 11)) s\(padded(String(token), 7))  "
          + (tokens.names?[index] ?? ""))
    }
  }

  private func decodeTokens() throws {
    guard inputs.count == 1 else {
      throw Failure(.usage, "--decode takes one file, found \(inputs.count)")
    }
    guard let output else { throw Failure(.usage, "--decode needs a MIDI file to write; add -o") }
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: inputs[0])
    } catch {
      throw Failure(.noInput, error.description)
    }
    let score: Score
    do {
      score = try TokenList(bytes).score()
    } catch let error as VocabularyError {
      throw Failure(.data, "\(inputs[0]): \(error)")
    } catch let error as DecodingError {
      throw Failure(.data, "\(inputs[0]): \(error.settingProblem)")
    }
    try writing { try writeFile(score.midiFile().bytes(), at: output) }
    let notes = score.tracks.reduce(0) { $0 + $1.notes.count }
    print("\(output): \(grouped(notes)) notes, \(decimals(score.duration, 1)) s")
  }
}

/// Text with spaces before it, to fill a column.
func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
