/// The settings that make a vocabulary: what a model file stores so that it can be made again.
///
/// As JSON it is one object, whose `type` names the vocabulary and whose other keys are its settings;
/// a key left out stands for the default.
public enum VocabularyConfiguration: Hashable, Sendable, Codable {
  /// The performance events of Oore et al. 2018.
  case performance(PerformanceVocabulary.Configuration = .init())

  /// The names of all vocabularies.
  public static let names = ["performance"]

  /// Creates the default configuration of a vocabulary by its name.
  ///
  /// - Throws: ``VocabularyError`` where no vocabulary has this name.
  public init(named name: String) throws(VocabularyError) {
    switch name {
    case "performance": self = .performance()
    default: throw VocabularyError(.unknownVocabulary(found: name, expected: Self.names))
    }
  }

  /// The vocabulary's name.
  public var name: String {
    switch self {
    case .performance: "performance"
    }
  }

  /// Makes the vocabulary.
  ///
  /// - Throws: ``VocabularyError`` where a setting is out of its range.
  public func makeVocabulary() throws(VocabularyError) -> any Vocabulary {
    switch self {
    case .performance(let configuration): try PerformanceVocabulary(configuration)
    }
  }

  private enum CodingKeys: String, CodingKey { case type }

  /// Reads a configuration.
  public init(from decoder: any Swift.Decoder) throws {
    let type = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .type)
    switch try Self(named: type) {
    case .performance: self = .performance(try .init(from: decoder))
    }
  }

  /// Writes the configuration.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .type)
    switch self {
    case .performance(let configuration): try configuration.encode(to: encoder)
    }
  }
}
