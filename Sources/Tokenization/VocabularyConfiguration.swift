/// The settings that make a vocabulary: what a model file stores so that it can be made again.
///
/// As JSON it is one object, whose `type` names the vocabulary and whose other keys are its settings;
/// a key left out stands for the default.
public indirect enum VocabularyConfiguration: Hashable, Sendable, Codable {
  /// The performance events of Oore et al. 2018.
  case performance(PerformanceVocabulary.Configuration = .init())
  /// Time-shifts, durations and metre, as MidiTok's TSD.
  case tsd(MetricalConfiguration = .init())
  /// Bars, positions and durations, as MidiTok's REMI.
  case remi(MetricalConfiguration = .init())
  /// Frames of sounding pitches.
  case pianoroll(PianoRollVocabulary.Configuration = .init())
  /// Learned merges on top of another vocabulary.
  case merged(base: VocabularyConfiguration, merges: [MergedVocabulary.Merge])
  /// Conditions before the pieces of another vocabulary.
  case conditioned(base: VocabularyConfiguration, conditions: Conditions)
  /// Pieces of another vocabulary that are written to a part that is given; where that is optional, whole pieces
  /// too.
  case accompanied(base: VocabularyConfiguration, part: GivenPart, isOptional: Bool = false)

  /// The names of the vocabularies that need no learning.
  public static let names = ["performance", "tsd", "remi", "pianoroll"]

  /// Creates the default configuration of a vocabulary by its name.
  ///
  /// - Throws: ``VocabularyError`` where no vocabulary has this name.
  public init(named name: String) throws(VocabularyError) {
    switch name {
    case "performance": self = .performance()
    case "tsd": self = .tsd()
    case "remi": self = .remi()
    case "pianoroll": self = .pianoroll()
    default: throw VocabularyError(.unknownVocabulary(found: name, expected: Self.names))
    }
  }

  /// The vocabulary's name.
  public var name: String {
    switch self {
    case .performance: "performance"
    case .tsd: "tsd"
    case .remi: "remi"
    case .pianoroll: "pianoroll"
    case .merged(let base, let merges): "\(base.name) with \(merges.count) merges"
    case .conditioned(let base, _): "\(base.name) with conditions"
    case .accompanied(let base, _, let isOptional):
      "\(base.name) to a given part\(isOptional ? " or none" : "")"
    }
  }

  /// Makes the vocabulary.
  ///
  /// - Throws: ``VocabularyError`` where a setting is out of its range.
  public func makeVocabulary() throws(VocabularyError) -> any Vocabulary {
    switch self {
    case .performance(let configuration): try PerformanceVocabulary(configuration)
    case .tsd(let configuration): try MetricalVocabulary(.tsd, configuration)
    case .remi(let configuration): try MetricalVocabulary(.remi, configuration)
    case .pianoroll(let configuration): try PianoRollVocabulary(configuration)
    case .merged(let base, let merges):
      try MergedVocabulary(base: try base.makeVocabulary(), merges: merges)
    case .conditioned(let base, let conditions):
      try ConditionedVocabulary(base: try base.makeVocabulary(), conditions: conditions)
    case .accompanied(let base, let part, let isOptional):
      try AccompaniedVocabulary(base: base, part: part, isOptional: isOptional)
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case type, base, merges, conditions, part, optional
  }

  private static let mergedType = "merged"
  private static let conditionedType = "conditioned"
  private static let accompaniedType = "accompanied"

  /// Reads a configuration.
  public init(from decoder: any Decoder) throws {
    let type = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .type)
    switch type {
    case "performance": self = .performance(try .init(from: decoder))
    case "tsd": self = .tsd(try .init(from: decoder))
    case "remi": self = .remi(try .init(from: decoder))
    case "pianoroll": self = .pianoroll(try .init(from: decoder))
    case Self.mergedType:
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self = .merged(
        base: try container.decode(Self.self, forKey: .base),
        merges: try container.decode([MergedVocabulary.Merge].self, forKey: .merges))
    case Self.conditionedType:
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self = .conditioned(
        base: try container.decode(Self.self, forKey: .base),
        conditions: try container.decode(Conditions.self, forKey: .conditions))
    case Self.accompaniedType:
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self = .accompanied(
        base: try container.decode(Self.self, forKey: .base),
        part: try container.decode(GivenPart.self, forKey: .part),
        isOptional: try container.decodeIfPresent(Bool.self, forKey: .optional) ?? false)
    default: throw VocabularyError(.unknownVocabulary(found: type, expected: Self.names))
    }
  }

  /// Writes the configuration.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .merged: try container.encode(Self.mergedType, forKey: .type)
    case .conditioned: try container.encode(Self.conditionedType, forKey: .type)
    case .accompanied: try container.encode(Self.accompaniedType, forKey: .type)
    default: try container.encode(name, forKey: .type)
    }
    switch self {
    case .performance(let configuration): try configuration.encode(to: encoder)
    case .tsd(let configuration), .remi(let configuration): try configuration.encode(to: encoder)
    case .pianoroll(let configuration): try configuration.encode(to: encoder)
    case .merged(let base, let merges):
      try container.encode(base, forKey: .base)
      try container.encode(merges, forKey: .merges)
    case .conditioned(let base, let conditions):
      try container.encode(base, forKey: .base)
      try container.encode(conditions, forKey: .conditions)
    case .accompanied(let base, let part, let isOptional):
      try container.encode(base, forKey: .base)
      try container.encode(part, forKey: .part)
      if isOptional { try container.encode(true, forKey: .optional) }
    }
  }
}

extension VocabularyConfiguration {
  /// The settings of the vocabulary whose tokens are neither merges nor given.
  public var plain: VocabularyConfiguration {
    switch self {
    case .performance, .tsd, .remi, .pianoroll: self
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _): base.plain
    }
  }
}

extension KeyedDecodingContainer {
  /// Reads a setting; one that is left out keeps its default.
  func read<Value: Decodable>(_ key: Key, into value: inout Value) throws {
    value = try decodeIfPresent(Value.self, forKey: key) ?? value
  }

  /// Reads a setting that may be absent.
  func read<Value: Decodable>(_ key: Key, into value: inout Value?) throws {
    value = try decodeIfPresent(Value.self, forKey: key)
  }
}
