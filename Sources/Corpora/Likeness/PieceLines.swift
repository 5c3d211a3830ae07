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
    if lines.highest.count == 1 {
      voices = lines.highest[0].steps
      return
    }
    var known = Set<Voice>(minimumCapacity: lines.highest.count)
    for line in lines.highest where known.insert(Voice(steps: line.steps)).inserted {
      if !voices.isEmpty { voices.append(Self.joint) }
      voices += line.steps
    }
  }

  /// The steps of a voice, hashed four at a time: an array hashes each by itself.
  private struct Voice: Hashable {
    let steps: [Int16]

    func hash(into hasher: inout Hasher) {
      hasher.combine(steps.count)
      var place = 0
      while steps.count - place >= 4 {
        let low = bits(place) | bits(place + 1) << 16
        let high = bits(place + 2) | bits(place + 3) << 16
        hasher.combine(low | high << 32)
        place += 4
      }
      for step in steps[place...] { hasher.combine(step) }
    }

    private func bits(_ place: Int) -> UInt64 { UInt64(UInt16(bitPattern: steps[place])) }
  }
}
