/// What a network is told of its own piece: which token followed the last time the same tokens stood
/// there, and for how long the two places have agreed.
///
/// A fixed number of hidden units cannot quote what stood 500 tokens ago. A search can: beside each
/// token the network reads, for each of the ``lengths``, a *candidate* for the next one and how well
/// it is founded. Whether to follow it is learnt. Candidates are looked up as tokens are, so that
/// they cost no product.
///
/// - Reference: the match model of data compression: Mahoney, "Adaptive Weighing of Context Models
///   for Lossless Data Compression" (2005). As a network's input at fixed distances: Waite,
///   "Generating Long-Term Structure in Songs and Stories" (2016), Lookback RNN.
public struct Recall: Hashable, Sendable {
  /// For each match that is told, the fewest tokens that must agree; rising.
  public var lengths: [Int]
  /// The share of matches that are hidden in training, so that the network does not lean on them
  /// alone.
  public var dropout: Float
  /// Whether candidates' logits get what a gate has learnt for them, beside what the layers say.
  public var hasGate: Bool

  /// Creates settings.
  public init(lengths: [Int] = [3, 8], dropout: Float = 0, hasGate: Bool = true) {
    self.lengths = lengths
    self.dropout = dropout
    self.hasGate = hasGate
  }

  /// The greatest number of matches side by side.
  public static let mostMatches = 3
  /// The fewest and the most tokens that may be asked to agree.
  public static let lengthRange = 1...64

  func validate() throws(NetworkError) {
    try NetworkError.check("recall", lengths.count, in: 1...Self.mostMatches)
    for (index, length) in lengths.enumerated() {
      try NetworkError.check("recall", length, in: Self.lengthRange)
      try NetworkError.check(
        "recall", lengths.map(String.init).joined(separator: ","),
        index == 0 || lengths[index - 1] < length, "rising lengths")
    }
    try NetworkError.check(
      "recallDropout", dropout, dropout >= 0 && dropout < 1, "at least 0 and below 1")
  }
}

extension Recall: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case lengths, dropout, gate }

  /// Decodes settings.
  ///
  /// - Throws: ``NetworkError`` for a setting that is not known: it would change what a network
  ///   computes.
  public init(from decoder: any Decoder) throws {
    try NetworkError.refuseUnknown(
      of: "recall", but: CodingKeys.allCases.map(\.stringValue), in: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    lengths = try values.decode([Int].self, forKey: .lengths)
    dropout = try values.decode(Float.self, forKey: .dropout)
    hasGate = try values.decodeIfPresent(Bool.self, forKey: .gate) ?? false
  }

  /// Encodes settings; a gate only where there is one, as a musegen that lacks it refuses it.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(lengths, forKey: .lengths)
    try values.encode(dropout, forKey: .dropout)
    if hasGate { try values.encode(true, forKey: .gate) }
  }
}

// MARK: - Rows of the input table

extension Recall {
  /// How many classes a match's length falls into: none, and eight from the least on.
  static let classCount = 9

  /// The longest agreement that is told apart, for a match of at least `least` tokens.
  static func longest(least: Int) -> Int { least * 12 }

  /// The class of an agreement: each doubling of the least length has two.
  static func lengthClass(_ length: Int, least: Int) -> Int {
    // Twice the factors 1, 1½, 2, 3, 4, 6, 8 and 12.
    let bounds = [2, 3, 4, 6, 8, 12, 16, 24]
    return bounds.count { 2 * length >= $0 * least }
  }

  /// How many classes the lengths of all matches fall into together: 9ᴷ.
  var lengthClassCount: Int { lengths.reduce(1) { count, _ in count * Self.classCount } }

  /// The first row of the input table that a look-up reads, counted from 0: those of each match's
  /// candidates, and of none, stand after the tokens' own.
  static func firstRow(ofLookup lookup: Int, vocabularySize: Int) -> Int {
    (lookup + 1) * vocabularySize + lookup
  }

  /// How many vectors are embedded: for each match a candidate, or none, and one for all lengths
  /// together.
  func rowCount(vocabularySize: Int) -> Int {
    lengths.count * (vocabularySize + 1) + lengthClassCount
  }

  /// How many of them are read beside each token.
  var lookupCount: Int { lengths.count + 1 }
}

extension NetworkConfiguration {
  /// The rows of the first layer's input table: the vocabulary's, then those of recall.
  var inputRowCount: Int {
    vocabularySize + (recall?.rowCount(vocabularySize: vocabularySize) ?? 0)
  }

  /// How many rows of the input table are added up for each token.
  var lookupCount: Int { 1 + (recall?.lookupCount ?? 0) + heardCount }

  /// What each of them counts for.
  var lookupFactors: [Float] {
    let members = heardGroups == nil ? 0 : HeardGroups.mostMembers
    return [Float](repeating: 1, count: lookupCount - members)
      + [Float](repeating: HeardGroups.factor, count: members)
  }
}
