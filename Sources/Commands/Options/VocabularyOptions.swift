import ArgumentParser
import Foundation
import MuseGen

/// How music is turned into tokens.
struct VocabularyOptions: ParsableArguments {
  @Option(
    help: "The vocabulary: \(VocabularyConfiguration.names.joined(separator: ", ")).",
    completion: .list(VocabularyConfiguration.names))
  var tokens = "performance"

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Tell instruments and drums apart, all in one stream (performance, tsd, remi).")
  var programs: Bool?

  @Option(help: "How many velocities are told apart, 0 for none (performance, tsd, remi).")
  var velocityBins: Int?

  @Option(help: "The pitches that are told, as LOW-HIGH, such as 21-108.")
  var pitches: String?

  @Option(help: "The length of a frame as part of a whole note: 1/4, 1/8, 1/16, … (pianoroll).")
  var frame: String?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Tell held notes from ones struck again (pianoroll).")
  var holds: Bool?

  @Option(
    help: "Any other settings of the vocabulary as a JSON object, such as '{\"polyphony\": 8}'.")
  var tokenSettings: String?

  @Option(help: "How many frequent sequences of tokens to learn as tokens of their own.")
  var merges = 0

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("tokens", tokens), .init("programs", programs), .init("velocity-bins", velocityBins),
      .init("pitches", pitches), .init("frame", frame), .init("holds", holds),
      .init("token-settings", tokenSettings), .init("merges", merges),
    ]
  }

  /// The names of the settings.
  static let names: Set<String> = [
    "tokens", "programs", "velocity-bins", "pitches", "frame", "holds", "token-settings", "merges",
  ]

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
    var settings: [String: Any] = try parsedSettings()
    settings["type"] = tokens
    if let programs { settings["programs"] = programs }
    if let velocityBins { settings["velocityBins"] = velocityBins }
    if let holds { settings["holds"] = holds }
    if let frame { settings["framesPerWhole"] = try framesPerWhole(frame) }
    if let pitches {
      let parts = pitches.split(separator: "-").compactMap { Int($0) }
      guard parts.count == 2 else {
        throw Failure(.usage, "--pitches: found \(pitches), expected two numbers, such as 21-108")
      }
      settings["lowestPitch"] = parts[0]
      settings["highestPitch"] = parts[1]
    }
    do {
      let defaults = try VocabularyConfiguration(named: tokens)
      try checkKnown(Array(settings.keys), by: defaults)
      let configuration = try JSONDecoder().decode(
        VocabularyConfiguration.self, from: JSONSerialization.data(withJSONObject: settings))
      // Found out here, settings out of range are the command line's fault.
      _ = try configuration.makeVocabulary()
      return configuration
    } catch let error as VocabularyError {
      throw Failure(.usage, "--tokens: \(error)")
    } catch let error as DecodingError {
      throw Failure(.usage, "--token-settings: \(error.settingProblem)")
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

  /// A setting that the vocabulary does not have would otherwise be passed over in silence.
  private func checkKnown(_ keys: [String], by defaults: VocabularyConfiguration) throws {
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(defaults))
    let known = Set((object as? [String: Any] ?? [:]).keys).union(["polyphony"])
    for key in keys.sorted() where !known.contains(key) {
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
      return "\(path) is of the wrong kind, expected \(type)"
    case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
    case .dataCorrupted(let context):
      return context.debugDescription.lowercasedFirst.trimmingSuffix(".")
    @unknown default: return "found settings that cannot be read"
    }
  }
}
