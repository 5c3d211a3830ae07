public import Recurrent
import Reproducibility
public import Tokenization

/// What a model was trained on, how, and how well it predicts.
///
/// It holds no date and no machine: the same corpus, settings and seed give the same file.
public struct Provenance: Hashable, Sendable, Codable {
  /// A name for people, such as the corpus folder's.
  public var title: String?
  /// The licence of the music it learned from, and the names to thank.
  public var licence: String?
  /// Where that music came from, one collection each.
  public var sources: [String]?
  /// The number of pieces trained on.
  public var trainingPieces: Int?
  /// The number of tokens trained on in one epoch.
  public var trainingTokens: Int?
  /// A digest of the corpus: equal for equal files.
  public var corpusDigest: String?
  /// The pieces trained on, by the hexadecimal hashes of their notes; nil where they are more than 65,536, or not told.
  public var learned: [String]?
  /// The seed of every random choice.
  public var seed: UInt64?
  /// The number of optimiser steps behind these weights.
  public var steps: Int?
  /// The loss on held-out pieces, in nats per token.
  public var validationNats: Double?
  /// That loss without the pieces that have near-duplicates among those trained on; nil where there are
  /// none.
  public var validationNatsApart: Double?
  /// The held-out pieces that have such near-duplicates, by the hexadecimal hashes of their notes.
  public var nearTraining: [String]?
  /// The loss on held-out pieces of a model that knows only how frequent each token is.
  public var unigramNats: Double?
  /// The loss on held-out pieces of a model that knows only the last token.
  public var bigramNats: Double?
  /// How long the longest notes of the training pieces sound, in seconds: 99.9 % are no longer.
  public var longestNoteSeconds: Double?
  /// The pitches that it learned from: those of the training pieces, as far down and up as training transposed them,
  /// and those that its base learned from; nil where one of these is not told.
  public var pitches: LearnedPitches?
  /// How many times in a row passages of the training pieces are heard: in 99 of 100 pieces no more
  /// often.
  public var repeats: RepeatLimits?
  /// How large a share of the training pieces' tokens quotes their own piece.
  public var quoted: QuotedShares?
  /// Which bars of the training pieces are earlier ones again; nil where bars are not told, or nobody looked.
  public var barPlans: BarPlans?
  /// How often the training pieces strike each degree of their keys; nil where no key is told, or nobody looked.
  public var degreeProfiles: DegreeProfiles?
  /// Which conditions the training pieces have together; nil for a model that is told none.
  public var conditions: ConditionMix?
  /// How its maker lets it be drawn from where nobody asks for anything else.
  public var suggestions: Suggestions?
  /// The model that it was trained on from; nil where it started from random numbers.
  public var base: BaseModel?
  /// The training settings as JSON, as the trainer wrote them.
  public var settings: String?

  /// Creates an empty provenance.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case title, licence, sources, trainingPieces, trainingTokens, corpusDigest, learned, seed, steps
    case validationNats, validationNatsApart, nearTraining, unigramNats, bigramNats
    case longestNoteSeconds, pitches, repeats, quoted, barPlans, degreeProfiles, conditions
    case suggestions, base, settings
  }
}

extension Provenance {
  /// Reads a provenance, whoever wrote it.
  ///
  /// - Throws: `DecodingError` for a count below 0, and for a loss or a length that is below 0 or no
  ///   finite number.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func count(_ key: CodingKeys) throws -> Int? {
      try fields.decodeIfPresent(Int.self, forKey: key).map {
        try check($0, $0 >= 0, key, in: fields)
      }
    }
    func amount(_ key: CodingKeys) throws -> Double? {
      try fields.decodeIfPresent(Double.self, forKey: key).map {
        try check($0, $0 >= 0 && $0.isFinite, key, in: fields)
      }
    }
    title = try fields.decodeIfPresent(String.self, forKey: .title)
    licence = try fields.decodeIfPresent(String.self, forKey: .licence)
    sources = try fields.decodeIfPresent([String].self, forKey: .sources)
    trainingPieces = try count(.trainingPieces)
    trainingTokens = try count(.trainingTokens)
    corpusDigest = try fields.decodeIfPresent(String.self, forKey: .corpusDigest)
    learned = try fields.decodeIfPresent([String].self, forKey: .learned)
    seed = try fields.decodeIfPresent(UInt64.self, forKey: .seed)
    steps = try count(.steps)
    validationNats = try amount(.validationNats)
    validationNatsApart = try amount(.validationNatsApart)
    nearTraining = try fields.decodeIfPresent([String].self, forKey: .nearTraining)
    unigramNats = try amount(.unigramNats)
    bigramNats = try amount(.bigramNats)
    // No note is the longest of pieces without a length.
    longestNoteSeconds = try amount(.longestNoteSeconds).flatMap { $0 > 0 ? $0 : nil }
    pitches = try fields.decodeIfPresent(LearnedPitches.self, forKey: .pitches)
    repeats = try fields.decodeIfPresent(RepeatLimits.self, forKey: .repeats)
    quoted = try fields.decodeIfPresent(QuotedShares.self, forKey: .quoted).map {
      try check($0, $0.isPossible, .quoted, in: fields)
    }
    barPlans = try fields.decodeIfPresent(BarPlans.self, forKey: .barPlans).map {
      try check($0, $0.isPossible, .barPlans, in: fields)
    }
    degreeProfiles = try fields.decodeIfPresent(DegreeProfiles.self, forKey: .degreeProfiles).map {
      try check($0, $0.isPossible, .degreeProfiles, in: fields)
    }
    conditions = try fields.decodeIfPresent(ConditionMix.self, forKey: .conditions)
    suggestions = try fields.decodeIfPresent(Suggestions.self, forKey: .suggestions)
    base = try fields.decodeIfPresent(BaseModel.self, forKey: .base)
    settings = try fields.decodeIfPresent(String.self, forKey: .settings)
  }
}

/// What a file says, where it can be true.
private func check<Value, Key>(
  _ value: Value, _ isPossible: Bool, _ key: Key, in fields: KeyedDecodingContainer<Key>
) throws -> Value {
  guard isPossible else {
    throw DecodingError.dataCorruptedError(
      forKey: key, in: fields, debugDescription: "\(value) is impossible")
  }
  return value
}

/// The model that another was trained on from, as far as provenance goes.
public struct BaseModel: Hashable, Sendable, Codable {
  /// A digest of its parameters: equal for equal numbers.
  public var parameterDigest: String
  /// A digest of the corpus that it was trained on.
  public var corpusDigest: String?
  /// Its title.
  public var title: String?
  /// The licence of the music it learned from.
  public var licence: String?
  /// Where that music came from.
  public var sources: [String]?
  /// The pitches of that music; nil where it does not tell them.
  public var pitches: LearnedPitches?

  /// Describes a model.
  public init(_ model: Model) {
    parameterDigest = model.network.parameterDigest
    corpusDigest = model.provenance.corpusDigest
    title = model.provenance.title
    licence = model.provenance.licence
    sources = model.provenance.sources
    pitches = model.provenance.pitches
  }
}

extension Network {
  /// Sixteen hexadecimal digits that are equal for equal parameters: FNV-1a over their bits.
  public var parameterDigest: String {
    var hash = StableHash()
    hash.combine(bytesOf: parameters)
    return hash.state.hexadecimal
  }
}

/// What the maker of a model says of it: how it is called and whose music it learned from.
public struct ModelLabel: Hashable, Sendable, Codable {
  /// What it plays, in a few words.
  public var title: String?
  /// The licence of the music, and the names to thank.
  public var licence: String?
  /// Where the music came from, one collection each.
  public var sources: [String]

  /// Creates a label.
  public init(title: String? = nil, licence: String? = nil, sources: [String] = []) {
    self.title = title
    self.licence = licence
    self.sources = sources
  }
}

extension Provenance {
  /// Takes over what a label says; what it leaves out stays as it was.
  public mutating func apply(_ label: ModelLabel) {
    title = label.title ?? title
    licence = label.licence ?? licence
    if !label.sources.isEmpty { sources = label.sources }
  }
}
