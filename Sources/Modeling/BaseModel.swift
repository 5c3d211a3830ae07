public import Recurrent

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
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for parameter in parameters {
      let bits = parameter.bitPattern
      for shift in stride(from: 0, to: 32, by: 8) {
        hash = (hash ^ UInt64(bits >> UInt32(shift) & 0xFF)) &* 0x100_0000_01B3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
