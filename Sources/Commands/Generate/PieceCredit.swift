import MuseGen

/// Who wrote a piece, told in the files that hold it: as a text in MIDI, as tags in sound.
struct PieceCredit: Equatable {
  /// The model, in a few words; empty where nothing is known of it.
  var model: String
  var seed: UInt64

  init(model: Model, seed: UInt64) {
    let provenance = model.provenance
    let corpus = provenance.trainingPieces.map { $0 == 1 ? "of a piece" : "of \($0) pieces" }
    self.model = provenance.title.flatMap { $0.isEmpty ? nil : $0 } ?? corpus ?? ""
    self.seed = seed
  }

  /// Finds the text that ``sign(_:)`` left in a score; nil in music from elsewhere.
  init?(_ score: Score) {
    let credits = score.texts.lazy.compactMap { text in
      text.text.wholeMatch(of: /musegen(?:, model (.*))?, seed (\d+)/)
    }
    guard let found = credits.first, let seed = UInt64(found.2) else { return nil }
    model = found.1.map { String($0) } ?? ""
    self.seed = seed
  }

  /// The credit in one line, such as `musegen, model dance tunes, seed 7`.
  var text: String { "musegen\(model.isEmpty ? "" : ", model \(model)"), seed \(seed)" }

  /// Leaves the credit in a score, whose own title stays.
  func sign(_ score: inout Score) {
    if score.title.isEmpty { score.title = title }
    // Of a piece that was written upon another of ours, the last hand counts.
    score.texts.removeAll { $0.text.hasPrefix("musegen, ") }
    score.texts.insert(TextEvent(tick: 0, kind: .text, text: text), at: 0)
  }

  /// What a piece is called that has no other name.
  private var title: String { "musegen piece, seed \(seed)" }
}

extension AudioMetadata {
  /// What a sound file tells of a piece.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - name: its title where it has none.
  ///   - soundFont: the instruments.
  init(_ score: Score, named name: String, soundFont: SoundFont) {
    let credit = PieceCredit(score)
    let sound = "SoundFont \(fileStem(soundFont.path))"
    self.init(
      title: score.title.isEmpty ? name : score.title, artist: credit == nil ? "" : "musegen",
      comment: credit.map { "\($0.text), \(sound)" } ?? sound)
  }
}
