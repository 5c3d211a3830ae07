import FlyingFox
import MuseGen

/// A change of a piece by hand: notes that go, then notes that come.
///
/// The other way round it is undone.
struct NoteEdit: Codable, Hashable, Sendable {
  var remove: [PieceNote]
  var add: [PieceNote]

  static let keys: Set = ["remove", "add"]
  /// The most notes of one change.
  private static let mostNotes = 20_000
  /// As far as a note may be moved beyond the end of a piece: a day of quarter notes at 60.
  private static let farthestQuarter = 86_400

  /// Makes the change.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - end: where it ends at the earliest, in ticks.
  /// - Returns: the piece afterwards, which ends there or with its last note.
  /// - Throws: ``Refusal`` where a note that should go is not there, or one that should come cannot be.
  func applied(to score: Score, endingFrom end: Int) throws(Refusal) -> Score {
    guard case .ticksPerQuarter(let ticks) = score.division else {
      throw Refusal(
        .unprocessableContent, "the piece is in time code, and its notes cannot be changed")
    }
    guard remove.count + add.count <= Self.mostNotes else {
      throw Refusal(.unprocessableContent, "more than \(Self.mostNotes) notes are changed at once")
    }
    var gone: [Int: [Note: Int]] = [:]
    for item in remove { gone[item.track, default: [:]][item.note, default: 0] += 1 }
    var score = score
    for index in score.tracks.indices {
      guard var waiting = gone[index] else { continue }
      score.tracks[index].notes.removeAll { note in
        let key = note.named
        guard let count = waiting[key], count > 0 else { return false }
        waiting[key] = count - 1
        return true
      }
      gone[index] = waiting.filter { $0.value > 0 }
    }
    guard gone.values.allSatisfy(\.isEmpty) else {
      throw Refusal(
        .conflict, "a note that should go is not there; the piece has changed meanwhile")
    }
    for item in add {
      guard score.tracks.indices.contains(item.track) else {
        throw Refusal(.unprocessableContent, "track \(item.track) is not there")
      }
      guard item.pitch < 128, 1...127 ~= item.velocity, item.onset >= 0, item.duration > 0,
        item.onset <= Self.farthestQuarter * Int(ticks),
        item.duration <= Self.farthestQuarter * Int(ticks)
      else {
        throw Refusal(
          .unprocessableContent,
          "a note cannot be: expected a pitch up to 127, a velocity from 1 to 127, an onset from 0 and a duration from 1 on"
        )
      }
      score.tracks[item.track].notes.append(item.note)
    }
    score.endTick = end
    return score.sorted()
  }
}

extension NoteEdit {
  /// What has become of a piece: a file knows no two notes of a pitch that sound at once on a channel, so that others
  /// may have changed with those that were meant.
  ///
  /// - Complexity: O(*n*) in the number of notes.
  init(from before: Score, to after: Score) {
    self.init(remove: [], add: [])
    let empty = Track()
    for index in 0..<max(before.tracks.count, after.tracks.count) {
      let old = index < before.tracks.count ? before.tracks[index] : empty
      let new = index < after.tracks.count ? after.tracks[index] : empty
      if old.notes == new.notes { continue }
      var kept: [Note: Int] = [:]
      for note in new.notes { kept[note.named, default: 0] += 1 }
      for note in old.notes {
        if let count = kept[note.named], count > 0 {
          kept[note.named] = count - 1
        } else {
          remove.append(PieceNote(note, track: index))
        }
      }
      for note in new.notes {
        guard let count = kept[note.named], count > 0 else { continue }
        kept[note.named] = count - 1
        add.append(PieceNote(note, track: index))
      }
    }
  }
}
