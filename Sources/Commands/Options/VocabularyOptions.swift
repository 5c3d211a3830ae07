import ArgumentParser
import FileStorage
import Foundation
import MidiTok
import MuseGen
import Settings

/// How music is turned into tokens.
struct VocabularyOptions: ParsableArguments {
  @Option(
    help: """
      The vocabulary: \(VocabularyConfiguration.names.joined(separator: ", ")), or the .json file of a tokenizer of \
      MidiTok's (REMI, TSD, MIDILike).
      """,
    completion: .list(VocabularyConfiguration.names))
  var tokens = "performance"

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Tell instruments and drums apart, all in one stream (performance, tsd, remi).")
  var programs: Bool?

  @Option(
    parsing: .unconditional,
    help: "How many velocities are told apart, 0 for none (performance, tsd, remi).")
  var velocityBins: Int?

  @Option(
    parsing: .unconditional, help: "The pitches that are told, as LOW-HIGH, such as 21-108.")
  var pitches: String?

  @Option(
    help: """
      Tell of pedals and wheels: any of \(Controller.allCases.map(\.rawValue).joined(separator: ",")), the latter two \
      also with how many values are told apart, such as expression:16 (performance, tsd, remi; default: none).
      """)
  var controllers: ControllersFlag?

  @Option(
    parsing: .unconditional,
    help: "The length of a frame as part of a whole note: 1/4, 1/8, 1/16, … (pianoroll).")
  var frame: String?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Tell held notes from ones struck again (pianoroll).")
  var holds: Bool?

  @Option(
    help: "Any other settings of the vocabulary as a JSON object, such as '{\"polyphony\": 8}'.")
  var tokenSettings: String?

  @Option(
    parsing: .unconditional,
    help: "How many frequent sequences of tokens to learn as tokens of their own.")
  var merges = 0

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("tokens", tokens), .init("programs", programs), .init("velocity-bins", velocityBins),
      .init("pitches", pitches), .init("controllers", controllers?.description),
      .init("frame", frame), .init("holds", holds),
      .init("token-settings", tokenSettings), .init("merges", merges),
    ]
  }

  /// The names of the flags that some vocabularies have.
  static let flagsOfSome = [
    "programs", "velocity-bins", "pitches", "controllers", "frame", "holds",
  ]
  /// The flags' names.
  static let flags = ["tokens"] + flagsOfSome + ["token-settings", "merges"]
  /// The names of the settings.
  static let names = Set(flags)

  /// Learns the merges that are asked for and encodes the corpus with them.
  ///
  /// - Parameters:
  ///   - corpus: the corpus, encoded without merges.
  ///   - pieces: the pieces to learn from; all where `nil`.
  /// - Returns: the corpus with merges; as it was where none are asked for.
  /// - Throws: ``Failure`` where the tokens are too many.
  func learningMerges(of corpus: Corpus, from pieces: [Int]? = nil) throws -> Corpus {
    guard merges > 0 else { return corpus }
    do {
      return try corpus.learningMerges(merges, from: pieces)
    } catch let error as VocabularyError {
      throw Failure(.usage, "--merges: \(error)")
    }
  }

  /// The vocabulary's settings, without merges.
  func configuration() throws -> VocabularyConfiguration {
    guard (0...60_000).contains(merges) else {
      throw Failure(.usage, "--merges is \(merges), expected 0 to 60000")
    }
    if tokens.hasSuffix(".json") {
      try checkAlone()
      return try tokenizer().configuration
    }
    do {
      let known = try knownSettings()
      var settings: [String: Any] = try parsedSettings()
      try checkKnown(settings.keys.sorted(), in: known)
      for (key, flag, value) in try flagSettings() {
        guard known.contains(key) else {
          if key == "controllers" {
            throw Failure(
              .usage,
              "--controllers: a piano roll tells of pitches alone; expected --tokens performance, tsd or remi"
            )
          }
          throw Failure(.usage, "--\(flag) has no effect on --tokens \(tokens)")
        }
        settings[key] = value
      }
      settings["type"] = tokens
      let json = try JSONSerialization.data(withJSONObject: settings)
      _ = try JSONDecoder().decode(KnownSettings.self, from: json)
      let configuration = try JSONDecoder().decode(VocabularyConfiguration.self, from: json)
      // Found out here, settings out of range are the command line's fault.
      _ = try configuration.makeVocabulary()
      return configuration
    } catch let error as VocabularyError {
      throw failure(error)
    } catch let error as DecodingError {
      throw Failure(.usage, "--token-settings: \(error.settingProblem)")
    }
  }

  /// Tells where a tokenizer's file says more than the vocabulary that is made of it.
  func tellDifferences() throws {
    guard tokens.hasSuffix(".json") else { return }
    for difference in try tokenizer().differences { Terminal.warn("\(tokens): \(difference)") }
  }

  private func tokenizer() throws -> MidiTokTokenizer {
    let json: [UInt8]
    do {
      json = try readFile(at: tokens, limit: 1 << 28)
    } catch {
      throw Failure(error)
    }
    do {
      return try MidiTokTokenizer(json: json)
    } catch {
      throw Failure(.data, "\(tokens): \(error)")
    }
  }

  /// A tokenizer's file tells all settings.
  private func checkAlone() throws {
    let given = [
      ("programs", programs != nil), ("velocity-bins", velocityBins != nil),
      ("pitches", pitches != nil), ("controllers", controllers != nil), ("frame", frame != nil),
      ("holds", holds != nil),
      ("token-settings", tokenSettings != nil), ("merges", merges > 0),
    ]
    if let (flag, _) = given.first(where: \.1) {
      throw Failure(.usage, "--\(flag) has no effect beside the tokenizer \(tokens)")
    }
  }

  /// A setting out of its range by the option that gave it.
  private func failure(_ error: VocabularyError) -> Failure {
    guard let setting = error.setting else { return Failure(.usage, "--tokens: \(error)") }
    switch setting.key {
    case "velocityBins" where velocityBins != nil: return Failure(setting)
    case "lowestPitch" where pitches != nil, "highestPitch" where pitches != nil:
      return Failure(.usage, "--pitches: \(setting)")
    case "expression" where controllers != nil, "bend" where controllers != nil:
      return Failure(.usage, "--controllers: \(setting)")
    case "framesPerWhole" where frame != nil: return Failure(.usage, "--frame: \(setting)")
    default: return Failure(.usage, "--token-settings: \(setting)")
    }
  }

  /// The vocabulary, without merges.
  func vocabulary() throws -> any Vocabulary { try configuration().makeVocabulary() }

  private func parsedSettings() throws -> [String: Any] {
    guard let tokenSettings else { return [:] }
    let parsed = try? JSONSerialization.jsonObject(with: Data(tokenSettings.utf8))
    guard let settings = parsed as? [String: Any] else {
      throw Failure(
        .usage, "--token-settings: found \(tokenSettings), expected a JSON object in braces")
    }
    return settings
  }

  private func framesPerWhole(_ text: String) throws -> Int {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "1", let frames = Int(parts[1]) else {
      throw Failure(.usage, "--frame: found \(text), expected 1/4, 1/8, 1/16, …")
    }
    return frames
  }

  /// Settings of which none is unknown, nor any within them.
  private struct KnownSettings: Decodable {
    init(from decoder: any Decoder) throws {
      try VocabularyConfiguration.refuseUnknownSettings(in: decoder)
    }
  }

  /// The settings that have flags of their own, where these were given.
  private func flagSettings() throws -> [(key: String, flag: String, value: Any)] {
    var settings: [(key: String, flag: String, value: Any)] = []
    if let programs { settings.append(("programs", "programs", programs)) }
    if let velocityBins { settings.append(("velocityBins", "velocity-bins", velocityBins)) }
    if let holds { settings.append(("holds", "holds", holds)) }
    if let controllers, let told = controllers.settings {
      let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(told))
      settings.append(("controllers", "controllers", object))
    }
    if let frame { settings.append(("framesPerWhole", "frame", try framesPerWhole(frame))) }
    if let pitches {
      let parts = pitches.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 2, let lowest = parts[0], let highest = parts[1] else {
        throw Failure(.usage, "--pitches: found \(pitches), expected two numbers, such as 21-108")
      }
      settings += [("lowestPitch", "pitches", lowest), ("highestPitch", "pitches", highest)]
    }
    return settings
  }

  /// The names in JSON of the settings that the vocabulary has.
  private func knownSettings() throws -> Set<String> {
    let defaults = try VocabularyConfiguration(named: tokens)
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(defaults))
    let known = Set((object as? [String: Any] ?? [:]).keys).union(["polyphony"])
    if case .pianoroll = defaults { return known }
    return known.union(["controllers"])
  }

  /// A setting that the vocabulary does not have would otherwise be passed over in silence.
  private func checkKnown(_ keys: [String], in known: Set<String>) throws {
    for key in keys where !known.contains(key) {
      let expected = known.subtracting(["type"]).sorted().joined(separator: ", ")
      throw Failure(.usage, "\(tokens) has no setting \(key), expected one of \(expected)")
    }
  }
}

extension DecodingError {
  /// Which setting is not as it should be.
  var settingProblem: String {
    switch self {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      let found = path.isEmpty ? "it" : path
      return "\(found) is of the wrong kind, expected \(Self.name(ofJSON: type))"
    case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
    case .dataCorrupted(let context):
      // Foundation says so, too, of JSON with a number that its place does not hold.
      guard context.debugDescription != "The given data was not valid JSON." else {
        return "found no JSON, or a number out of its range"
      }
      return context.debugDescription.lowercasedFirst.trimmingSuffix(".")
    @unknown default: return "found settings that cannot be read"
    }
  }

  /// What a type is called in JSON.
  private static func name(ofJSON type: Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type, is any BinaryFloatingPoint.Type: "a number"
    case is any Collection.Type where "\(type)".hasPrefix("Array"): "an array in brackets"
    default: "an object in braces"
    }
  }
}
