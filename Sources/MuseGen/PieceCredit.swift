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

  /// Finds the text that ``sign(_:upon:)`` left in a score, the last where there are several; nil in music from elsewhere.
  public init?(_ score: Score) {
    guard let credit = score.texts.lazy.compactMap({ Self(text: $0.text) }).first else {
      return nil
    }
    self = credit
  }

  /// The credits of all who wrote a piece, the last first.
  public static func all(in score: Score) -> [Self] {
    score.texts.compactMap { Self(text: $0.text) }
  }

  private init?(text: String) {
    guard let found = text.wholeMatch(of: /musegen(?:, model (.*))?, seed (\d+)/),
      let seed = UInt64(found.2)
    else { return nil }
    model = found.1.map { String($0) } ?? ""
    self.seed = seed
  }

  /// The credit in one line, such as `musegen, model dance tunes, seed 7`.
  public var text: String { "musegen\(model.isEmpty ? "" : ", model \(model)"), seed \(seed)" }

  /// Leaves the credit in a score, whose own title stays unless it is one that ``sign(_:upon:)`` gave.
  ///
  /// Of a piece that was written upon another the earlier credits stand behind it, for the model that wrote that one
  /// may have other terms.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - source: the piece that it was written upon, where its texts are not in the score already.
  public func sign(_ score: inout Score, upon source: Score? = nil) {
    if score.title.isEmpty || score.title.wholeMatch(of: /musegen piece, seed \d+/) != nil {
      score.title = title
    }
    var told: Set = [text]
    let earlier = (score.texts + (source?.texts ?? [])).map(\.text).filter {
      $0.hasPrefix("musegen, ") && told.insert($0).inserted
    }
    score.texts.removeAll { $0.text.hasPrefix("musegen, ") }
    score.texts.insert(
      contentsOf: ([text] + earlier).map { TextEvent(tick: 0, kind: .text, text: $0) }, at: 0)
  }

  /// What a piece is called that has no other name.
  private var title: String { "musegen piece, seed \(seed)" }
}
