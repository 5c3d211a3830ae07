import Reproducibility
public import Tokenization

/// A tokenizer of MidiTok's as a vocabulary of musegen's.
///
/// - Reference: Fradet et al., "MidiTok: A Python Package for MIDI File Tokenization" (2021); the files of its version
///   3.
public struct MidiTokTokenizer: Hashable, Sendable {
  /// The vocabulary's settings.
  public let configuration: VocabularyConfiguration
  /// What the tokenizer tells that the vocabulary does not, or otherwise; none where they correspond.
  public let differences: [String]

  /// Reads a tokenizer's file.
  ///
  /// - Parameter json: what `MusicTokenizer.save` has written.
  /// - Throws: ``MidiTokError`` where it is none, or one that no vocabulary is like.
  public init(json: [UInt8]) throws(MidiTokError) {
    guard let file = try? CanonicalJSON.decode(JSONValue.self, from: json),
      let fields = file.object, let settings = fields["config"]?.object,
      let kind = fields["tokenization"]?.text
    else { throw MidiTokError(.noTokenizer) }
    var reading = SettingsReading(settings)
    let base: VocabularyConfiguration
    switch kind {
    case "REMI": base = .remi(try reading.metrical())
    case "TSD": base = .tsd(try reading.metrical())
    case "MIDILike": base = .performance(try reading.performance())
    default: throw MidiTokError(.unlike(found: kind))
    }
    reading.tellUnknown()
    var differences = reading.differences
    let vocabulary: any Vocabulary
    do {
      vocabulary = try base.makeVocabulary()
    } catch {
      throw MidiTokError(.vocabulary(error))
    }
    var merges: [MergedVocabulary.Merge] = []
    if let text = fields["_model"]?.text {
      let model = try? CanonicalJSON.decode(JSONValue.self, from: text.utf8)
      let learned = model?.object?["model"]?.object ?? [:]
      if let found = LearnedPairs.merges(
        in: learned, characters: fields["_vocab_base_byte_to_token"]?.object ?? [:],
        numbers: fields["_vocab_base"]?.object ?? [:], base: vocabulary)
      {
        merges = found.merges
        if found.left > 0 {
          differences.append("\(found.left) of its merges: they are of tokens left out")
        }
      } else {
        differences.append(
          "its model of the kind \(learned["type"]?.text ?? "unknown"): only BPE is known")
      }
    }
    let configuration =
      merges.isEmpty ? base : VocabularyConfiguration.merged(base: base, merges: merges)
    do {
      _ = try configuration.makeVocabulary()
    } catch {
      throw MidiTokError(.vocabulary(error))
    }
    self.configuration = configuration
    self.differences = differences
  }

  /// Describes a vocabulary as a tokenizer.
  ///
  /// - Parameter configuration: the vocabulary's settings.
  /// - Returns: the tokenizer's file, and what it does not tell as the vocabulary does.
  /// - Throws: ``MidiTokError`` where MidiTok has no tokenizer like it.
  public static func json(
    of configuration: VocabularyConfiguration
  ) throws(MidiTokError) -> (bytes: [UInt8], differences: [String]) {
    var differences: [String] = []
    let (kind, settings): (String, MetricalConfiguration)
    var merges: [MergedVocabulary.Merge] = []
    switch configuration {
    case .remi(let found), .merged(.remi(let found), _): (kind, settings) = ("REMI", found)
    case .tsd(let found), .merged(.tsd(let found), _): (kind, settings) = ("TSD", found)
    case .conditioned(let base, _):
      let (bytes, others) = try json(of: base)
      return (bytes, others + ["conditions before pieces: MidiTok has none"])
    default: throw MidiTokError(.noCounterpart(configuration.name))
    }
    if case .merged(_, let found) = configuration { merges = found }
    var fields = settings.midiTok
    if settings.polyphony != nil { differences.append("polyphony: MidiTok has no limit") }
    if let controllers = settings.controllers, !controllers.told.isEmpty {
      // Their tokens are others than MidiTok's, so that pairs of them mean nothing there.
      guard merges.isEmpty else {
        throw MidiTokError(.noCounterpart("\(configuration.fullName) with merges"))
      }
      differences.append(
        "\(controllers.told.map(\.rawValue).joined(separator: ", ")): MidiTok tells them before the notes of their time, "
          + "and a pedal's program in its token")
      if controllers.bendSemitones != 2 {
        differences.append("bendSemitones: MidiTok tells the wheel as it stands")
      }
    }
    if !settings.programs {
      differences.append("all parts as one: MidiTok makes a sequence of each track")
    }
    var file: [String: JSONValue] = [
      "tokenization": .text(kind), "miditok_version": .text("3.1.0"),
    ]
    if !merges.isEmpty {
      // Merges of musegen's go over bars.
      fields["encode_ids_split"] = .text("no")
      try addModel(of: configuration, merges, to: &file)
    }
    file["config"] = .object(fields)
    return (Array(CanonicalJSON.line(of: JSONValue.object(file)).utf8), differences)
  }

  private static func addModel(
    of configuration: VocabularyConfiguration, _ merges: [MergedVocabulary.Merge],
    to file: inout [String: JSONValue]
  ) throws(MidiTokError) {
    guard case .merged(let base, _) = configuration else { return }
    let vocabulary: any Vocabulary
    do {
      vocabulary = try base.makeVocabulary()
    } catch {
      throw MidiTokError(.vocabulary(error))
    }
    // Each token is a character, of which further ones mean something else.
    guard vocabulary.count < LearnedPairs.mostCharacters else {
      throw MidiTokError(.noCounterpart("\(base.name) of \(vocabulary.count) tokens"))
    }
    // The padding that MidiTok wants has the first number.
    var names = ["PAD_None"]
    var texts: [String] = []
    for number in 0..<vocabulary.count {
      texts.append(LearnedPairs.character(names.count))
      names.append(TokenNames.midiTok(vocabulary.name(of: Token(number))) ?? "Unknown_\(number)")
    }
    var numbers: [String: Int] = [:]
    var (tokens, characters): ([String: JSONValue], [String: JSONValue]) = ([:], [:])
    for (number, name) in names.enumerated() {
      let character = LearnedPairs.character(number)
      numbers[character] = number
      tokens[name] = .whole(number)
      characters[character] = .text(name)
    }
    let model = LearnedPairs.model(merges, texts: texts, numbers: numbers)
    file["_vocab_base"] = .object(tokens)
    file["_vocab_base_byte_to_token"] = .object(characters)
    file["_model"] = .text(CanonicalJSON.line(of: model))
  }
}
