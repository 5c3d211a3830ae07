public import Tokenization

/// Why a file is no tokenizer that a vocabulary can be made of.
public struct MidiTokError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// The file is no JSON, or tells no tokenizer's settings.
    case noTokenizer
    /// A kind of tokenizer that musegen has no vocabulary like.
    case unlike(found: String)
    /// A setting that cannot be understood.
    case setting(String)
    /// The settings make no vocabulary.
    case vocabulary(VocabularyError)
    /// A vocabulary that MidiTok has no tokenizer like.
    case noCounterpart(String)
  }

  /// What was found.
  public var reason: Reason

  init(_ reason: Reason) { self.reason = reason }

  /// The error as one line.
  public var description: String {
    switch reason {
    case .noTokenizer: "found no tokenizer of MidiTok's, expected the JSON that its save() writes"
    case .unlike(let found):
      "found a \(found.prefix(40)) tokenizer, expected REMI, TSD or MIDILike"
    case .setting(let name): "\(name) of the tokenizer cannot be understood"
    case .vocabulary(let error): "its settings make no vocabulary: \(error)"
    case .noCounterpart(let name):
      "MidiTok has no tokenizer like \(name), expected tsd or remi, with merges or without"
    }
  }
}
