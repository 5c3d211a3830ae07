/// Divides the notes of a staff into voices.
///
/// Notes that begin and end together are one chord of one voice. A chord goes on in the voice that is free
/// and nearest in pitch, best in one that ended just then; upper voices have lower numbers.
enum VoiceSeparation {
  /// The voices that notation programs have on a staff.
  static let mostVoices = 4

  private struct Voice {
    var end = Int.min
    var pitch = 0.0
  }

  /// The voice of each note, from 0.
  ///
  /// What all voices are too busy for goes to the last one, whose notes then overlap.
  ///
  /// - Parameters:
  ///   - notes: the notes, by onset.
  ///   - measureStart: where the measure of a place begins.
  /// - Returns: a voice for each note.
  static func voices(of notes: [GridNote], measureStart: (Int) -> Int) -> [Int] {
    var voices = [Voice](repeating: Voice(), count: mostVoices)
    var chosen = [Int](repeating: 0, count: notes.count)
    var start = 0
    while start < notes.count {
      var end = start
      while end < notes.count, notes[end].onset == notes[start].onset { end += 1 }
      let onset = notes[start].onset
      let bar = measureStart(onset)
      let beginning = chords(of: notes, in: start..<end)
      // As few voices as sound: a line that leaps is one voice.
      let needed = voices.count { $0.end > onset } + beginning.count
      for chord in beginning {
        let pitch =
          chord.reduce(0.0) { $0 + Double(notes[$1].pitch) } / Double(max(chord.count, 1))
        var best = mostVoices - 1
        var bestCost = Double.infinity
        for (index, voice) in voices.enumerated() where voice.end <= onset {
          var cost = 0.3 * Double(index) + (index < needed ? 0 : 50)
          if voice.end >= bar {
            cost += min(abs(voice.pitch - pitch), 12) + (voice.end == onset ? 0 : 2)
          } else {
            // A voice that was silent in this measure is a new one.
            cost += index == 0 ? 0 : 8
          }
          // Voices that sound should not cross.
          for (other, sounding) in voices.enumerated() where sounding.end > onset {
            if other < index, pitch > sounding.pitch { cost += 6 }
            if other > index, pitch < sounding.pitch { cost += 6 }
          }
          if cost < bestCost { (best, bestCost) = (index, cost) }
        }
        voices[best].end = max(voices[best].end, chord.map { notes[$0].end }.max() ?? onset)
        voices[best].pitch = pitch
        for index in chord { chosen[index] = best }
      }
      start = end
    }
    return chosen
  }

  /// The chords that begin together, the highest first.
  ///
  /// The notes of each end together and have different pitches.
  private static func chords(of notes: [GridNote], in range: Range<Int>) -> [[Int]] {
    var chords: [(end: Int, notes: [Int])] = []
    var places: [Int: [Int]] = [:]
    // For each end the pitch that came last, and how often: notes are sorted by pitch, and each further one of
    // a pitch is the next chord's.
    var last: [Int: (pitch: UInt8, count: Int)] = [:]
    for index in range.reversed() {
      let (pitch, end) = (notes[index].pitch, notes[index].end)
      let count = last[end].map { $0.pitch == pitch ? $0.count : 0 } ?? 0
      last[end] = (pitch, count + 1)
      if let chordsOfEnd = places[end], count < chordsOfEnd.count {
        chords[chordsOfEnd[count]].notes.append(index)
      } else {
        places[end, default: []].append(chords.count)
        chords.append((end, [index]))
      }
    }
    return chords.map(\.notes)
  }
}
