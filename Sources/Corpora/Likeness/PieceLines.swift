import Music

/// What is compared of a piece: the steps of all its notes as one line, and of its voices one after another.
///
/// The first finds a piece again whose notes stand in other tracks, the second one that has a voice more or
/// less.
struct PieceLines: Hashable, Sendable {
  /// The steps of all notes but drums, or of the drums where there is nothing else.
  var whole: [Int16] = []
  /// The steps of the highest notes of each track, parted by ``joint``; none of drums.
  ///
  /// A track that doubles another one is left out. There are never more than the piece has notes.
  var voices: [Int16] = []

  /// What stands between two voices, and is no step.
  static let joint: Int16 = -1

  init(whole: [Int16], voices: [Int16]) {
    self.whole = whole
    self.voices = voices
  }

  /// Reads a piece's lines.
  ///
  /// - Complexity: O(n log n) for n notes.
  init(of score: Score) {
    let lines = NoteLine.wholeAndHighest(of: score)
    whole = lines.whole.steps
    var known: Set<[Int16]> = []
    for line in lines.highest where known.insert(line.steps).inserted {
      if !voices.isEmpty { voices.append(Self.joint) }
      voices += line.steps
    }
  }
}
