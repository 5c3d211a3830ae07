extension Score {
  /// The score with all its lists in their order and its end not before its last note's.
  ///
  /// For scores put together by hand; reading a file and every operation here give sorted ones.
  public func sorted() -> Score {
    var score = self
    for index in tracks.indices {
      score.tracks[index].notes = tracks[index].notes.sortedByTick { $0.onset }
      score.tracks[index].notes.sortChords()
      score.tracks[index].messages = tracks[index].messages.sortedByTick { $0.tick }
      score.tracks[index].texts = tracks[index].texts.sortedByTick { $0.tick }
      score.endTick = max(score.endTick, score.tracks[index].lastNoteEnd)
    }
    score.tempos = tempos.sortedByTick { $0.tick }
    score.timeSignatures = timeSignatures.sortedByTick { $0.tick }
    score.keySignatures = keySignatures.sortedByTick { $0.tick }
    score.texts = texts.sortedByTick { $0.tick }
    return score
  }

  /// The score with no two notes of one track and pitch sounding at once: the later ends the earlier.
  ///
  /// Of notes struck together the longest stays. Such a score is heard the same by every player,
  /// whatever it makes of a pitch that is struck twice.
  public func removingOverlaps() -> Score {
    var score = self
    for index in tracks.indices {
      var kept: [Note] = []
      var last = [Int?](repeating: nil, count: 128)
      for note in tracks[index].notes {
        let pitch = Int(note.pitch & 0x7F)
        if let earlier = last[pitch] {
          if kept[earlier].onset == note.onset {
            kept[earlier].duration = max(kept[earlier].duration, note.duration)
            continue
          }
          kept[earlier].duration = min(kept[earlier].duration, note.onset - kept[earlier].onset)
        }
        last[pitch] = kept.count
        kept.append(note)
      }
      kept.sortChords()
      score.tracks[index].notes = kept
    }
    return score
  }
}
