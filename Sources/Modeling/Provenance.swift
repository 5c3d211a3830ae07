public import Recurrent
import Reproducibility

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
  /// The seed of every random choice.
  public var seed: UInt64?
  /// The number of optimiser steps behind these weights.
  public var steps: Int?
  /// The loss on held-out pieces, in nats per token.
  public var validationNats: Double?
  /// The loss on held-out pieces of a model that knows only how frequent each token is.
  public var unigramNats: Double?
  /// The loss on held-out pieces of a model that knows only the last token.
  public var bigramNats: Double?
  /// How long the longest notes of the training pieces sound, in seconds: 99.9 % are no longer.
  public var longestNoteSeconds: Double?
  /// The model that it was trained on from; nil where it started from random numbers.
  public var base: BaseModel?
  /// The training settings as JSON, as the trainer wrote them.
  public var settings: String?

  /// Creates an empty provenance.
  public init() {}
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

  /// Describes a model.
  public init(_ model: Model) {
    parameterDigest = model.network.parameterDigest
    corpusDigest = model.provenance.corpusDigest
    title = model.provenance.title
    licence = model.provenance.licence
    sources = model.provenance.sources
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
