public import Recurrent
import Reproducibility

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
    for parameter in parameters { hash.combine(bytesOf: parameter.bitPattern) }
    return hash.state.hexadecimal
  }
}
