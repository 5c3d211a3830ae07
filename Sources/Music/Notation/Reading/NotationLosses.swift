public import MusicXML

/// What of a piece that is written in MusicXML is lost where it is played out.
public struct NotationLosses: Hashable, Sendable {
  /// How many signs of each kind are not played at all.
  public var leftOut: [PartwiseScore.LeftOutSign: Int]
  /// How many cue notes are not played.
  public var cueNotes = 0
  /// How many grace notes become short notes.
  public var graceNotes = 0
  /// How many repeat signs and jumps are played out, those of the part that has most.
  public var repeats = 0

  /// Counts what is lost.
  ///
  /// - Parameter written: the piece.
  /// - Complexity: O(*n*) in its notes and signs.
  public init(_ written: PartwiseScore) {
    leftOut = written.leftOut
    for part in written.parts {
      var repeats = 0
      for item in part.measures.lazy.flatMap(\.items) {
        switch item {
        case .note(let note):
          if note.isCue { cueNotes += 1 } else if note.isGrace { graceNotes += 1 }
        case .barline(let line):
          if case .backward = line.repeatSign { repeats += 1 }
        case .direction(let direction):
          if direction.sound.isDaCapo || direction.sound.dalSegno != nil { repeats += 1 }
        default: break
        }
      }
      self.repeats = max(self.repeats, repeats)
    }
  }
}
