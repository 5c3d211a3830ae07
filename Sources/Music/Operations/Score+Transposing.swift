extension Score {
  /// The score moved up by a number of semitones, or down by a negative one.
  ///
  /// Drums stay as they are. Notes that would leave the pitches 0 to 127 are left out. Key
  /// signatures move along, to the key of the fewest sharps or flats.
  public func transposed(by semitones: Int) -> Score {
    var score = self
    for track in score.tracks.indices where !score.tracks[track].isDrums {
      score.tracks[track].transpose(by: semitones)
    }
    if semitones % 12 != 0 {
      for index in score.keySignatures.indices {
        // A semitone up is seven steps up the circle of fifths, which has twelve.
        let fifths = (keySignatures[index].sharps + 7 * (semitones % 12)) % 12
        score.keySignatures[index].sharps =
          fifths > 6 ? fifths - 12 : fifths < -6 ? fifths + 12 : fifths
      }
    }
    return score
  }
}

extension Track {
  fileprivate mutating func transpose(by semitones: Int) {
    func moved(_ pitch: UInt8) -> UInt8? {
      UInt8(exactly: Int(pitch) + semitones).flatMap { $0 < 128 ? $0 : nil }
    }
    notes = notes.compactMap { note in
      moved(note.pitch).map { pitch in
        var note = note
        note.pitch = pitch
        return note
      }
    }
    messages = messages.compactMap { message in
      guard case .polyphonicPressure(let pitch, let pressure) = message.kind else {
        return message
      }
      return moved(pitch).map {
        TrackMessage(
          tick: message.tick, kind: .polyphonicPressure(pitch: $0, pressure: pressure))
      }
    }
  }
}
