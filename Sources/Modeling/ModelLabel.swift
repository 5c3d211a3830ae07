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
