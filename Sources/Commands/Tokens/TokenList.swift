import Foundation
import Music
import Tokenization

/// A piece's tokens as `musegen tokens --json` prints and `--decode` reads them.
struct TokenList: Codable {
  /// The vocabulary they belong to.
  var vocabulary: VocabularyConfiguration
  /// The file they were made of.
  var path: String?
  var tokens: [Token]
  /// The name of each token; for people and other programs, not read back.
  var names: [String]?
  /// The time in the piece at each token.
  var seconds: [Double]?

  /// Names tokens and tells their times.
  init(tokens: [Token], path: String, _ vocabulary: any Vocabulary) {
    self.vocabulary = vocabulary.configuration
    self.path = path
    self.tokens = tokens
    let allNames = (0..<vocabulary.count).map { vocabulary.name(of: Token($0)) }
    names = tokens.map { allNames[Int($0)] }
    var decoder = vocabulary.makeDecoder()
    seconds = tokens.map { token in
      decoder.consume(token)
      return (decoder.settledSeconds * 1e6).rounded() / 1e6
    }
  }

  /// Reads a list.
  init(_ bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(bytes))
  }

  /// The list as one line of JSON.
  func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The music.
  ///
  /// - Throws: ``VocabularyError`` where a token is not the vocabulary's.
  func score() throws -> Score {
    let vocabulary = try vocabulary.makeVocabulary()
    if let foreign = tokens.first(where: { Int($0) >= vocabulary.count }) {
      throw VocabularyError(.unknownToken(found: String(foreign)))
    }
    return vocabulary.decode(tokens)
  }
}
