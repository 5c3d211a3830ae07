import Reproducibility
import Tokenization

/// Pairs that a tokenizer has learned to tell as one, in the form of Hugging Face's tokenizers: each base token is a
/// character, each learned one a string of these.
///
/// Where the ids of a piece are cut into words (bars or beats), a mark stands before each word: it is no token,
/// and falls away.
enum LearnedPairs {
  private static let mark: Unicode.Scalar = "\u{2581}"

  /// What a file's pairs are in a vocabulary.
  ///
  /// - Parameters:
  ///   - model: the model's JSON.
  ///   - characters: which token each character stands for, by MidiTok's names.
  ///   - numbers: the number of each token, by MidiTok's names: from it follows the character, also where Swift
  ///     takes two characters of JSON for one, as they look the same.
  ///   - base: the vocabulary without merges.
  /// - Returns: the merges in their order, and how many have no counterpart; nil where the model holds no pairs.
  static func merges(
    in model: [String: JSONValue], characters: [String: JSONValue],
    numbers: [String: JSONValue], base: any Vocabulary
  ) -> (merges: [MergedVocabulary.Merge], left: Int)? {
    guard model["type"]?.text == "BPE", let pairs = model["merges"]?.list else { return nil }
    let names = TokenNames.tokens(of: base)
    // By scalars: texts that are canonically equivalent, such as U+003B and U+037E, are equal as strings.
    var tokens: [[Unicode.Scalar]: Token] = [:]
    func note(_ name: String, as scalars: [Unicode.Scalar]) {
      guard let token = TokenNames.musegen(name).flatMap({ names[$0] }), token != base.start,
        token != base.end
      else { return }
      tokens[scalars] = token
    }
    for (character, name) in characters {
      name.text.map { note($0, as: Array(character.unicodeScalars)) }
    }
    for (name, number) in numbers {
      guard let number = number.whole, (0..<0x10000).contains(number),
        let scalar = Unicode.Scalar(UInt32(number + 33))
      else { continue }
      note(name, as: [scalar])
    }
    var merges: [MergedVocabulary.Merge] = []
    var left = 0
    for pair in pairs {
      let parts =
        pair.list?.compactMap(\.text)
        ?? pair.text?.unicodeScalars.split(separator: " ").map { String($0) } ?? []
      guard parts.count == 2 else {
        left += 1
        continue
      }
      let (first, second) = (unmarked(parts[0]), unmarked(parts[1]))
      let whole = first + second
      // A mark and a word's first token, or the same pair at a word's start and within one.
      if first.isEmpty || second.isEmpty || tokens[whole] != nil { continue }
      guard let one = tokens[first], let other = tokens[second],
        base.count + merges.count < Int(Token.max)
      else {
        left += 1
        continue
      }
      tokens[whole] = Token(base.count + merges.count)
      merges.append(MergedVocabulary.Merge(one, other))
    }
    return (merges, left)
  }

  private static func unmarked(_ text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.filter { $0 != mark }
  }

  /// How many characters stand before the mark.
  static let mostCharacters = 9_500

  /// The character of a token, from its number in a tokenizer: the first ones are no letters.
  ///
  /// From U+0300 on some combine with others or are taken for them: ideographs stand in their place.
  static func character(_ number: Int) -> String {
    let scalar = number + 33
    return Unicode.Scalar(UInt32(scalar < 0x300 ? scalar : scalar + 0x4B00))
      .map { String(Character($0)) } ?? ""
  }

  /// A model's JSON for merges.
  ///
  /// - Parameters:
  ///   - merges: the merges.
  ///   - texts: what each token of the vocabulary without merges is written as.
  ///   - numbers: the numbers of the characters.
  /// - Returns: the model as Hugging Face's tokenizers read it.
  static func model(
    _ merges: [MergedVocabulary.Merge], texts: [String], numbers: [String: Int]
  ) -> JSONValue {
    var texts = texts
    var numbers = numbers
    var pairs: [JSONValue] = []
    for merge in merges {
      let (left, right) = (texts[Int(merge.left)], texts[Int(merge.right)])
      pairs.append(.list([.text(left), .text(right)]))
      texts.append(left + right)
      // Two ways to merge the same tokens make one entry.
      if numbers[left + right] == nil { numbers[left + right] = numbers.count }
    }
    return .object([
      "version": .text("1.0"), "truncation": .null, "padding": .null, "added_tokens": .list([]),
      "normalizer": .null, "pre_tokenizer": .null, "post_processor": .null, "decoder": .null,
      "model": .object([
        "type": .text("BPE"), "dropout": .null, "unk_token": .null,
        "continuing_subword_prefix": .text(""), "end_of_word_suffix": .text(""),
        "fuse_unk": .truth(false), "byte_fallback": .truth(false),
        "ignore_merges": .truth(false),
        "vocab": .object(numbers.mapValues { .whole($0) }), "merges": .list(pairs),
      ]),
    ])
  }
}
