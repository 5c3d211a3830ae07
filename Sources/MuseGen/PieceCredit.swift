public import Modeling
public import Music

/// Who wrote a piece, told in the files that hold it: as a text in MIDI, as tags in sound.
public struct PieceCredit: Hashable, Sendable {
  /// The model, in a few words; empty where nothing is known of it.
  public var model: String
  /// The seed that the piece was written with.
  public var seed: UInt64

  /// Credits a model.
  ///
  /// - Parameters:
  ///   - model: who wrote.
  ///   - seed: the seed that the piece was written with.
  public init(model: Model, seed: UInt64) {
    let provenance = model.provenance
    let corpus = provenance.trainingPieces.map { $0 == 1 ? "of a piece" : "of \($0) pieces" }
    self.model = provenance.title.flatMap { $0.isEmpty ? nil : $0 } ?? corpus ?? ""
    self.seed = seed
  }

  /// Finds the text that ``sign(_:)`` left in a score; nil in music from elsewhere.
  public init?(_ score: Score) {
    let credits = score.texts.lazy.compactMap { text in
      text.text.wholeMatch(of: /musegen(?:, model (.*))?, seed (\d+)/)
    }
    guard let found = credits.first, let seed = UInt64(found.2) else { return nil }
    model = found.1.map { String($0) } ?? ""
    self.seed = seed
  }

  /// The credit in one line, such as `musegen, model dance tunes, seed 7`.
  public var text: String { "musegen\(model.isEmpty ? "" : ", model \(model)"), seed \(seed)" }

  /// Leaves the credit in a score, whose own title stays.
  public func sign(_ score: inout Score) {
    if score.title.isEmpty { score.title = title }
    // Of a piece that was written upon another of ours, the last hand counts.
    score.texts.removeAll { $0.text.hasPrefix("musegen, ") }
    score.texts.insert(TextEvent(tick: 0, kind: .text, text: text), at: 0)
  }

  /// What a piece is called that has no other name.
  private var title: String { "musegen piece, seed \(seed)" }
}
