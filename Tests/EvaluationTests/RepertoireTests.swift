import Evaluation
import Music
import StandardMIDIFile
import TestSupport
import Testing

struct RepertoireTests {
  /// A melody of random pitches and note lengths.
  private func tune(_ count: Int, seed: UInt64, at start: Int = 0) -> [Note] {
    var random = SeededGenerator(seed: seed)
    var tick = start
    return (0..<count).map { _ in
      let length = [120, 240, 360, 480, 720].randomElement(using: &random) ?? 240
      defer { tick += length }
      return Note(
        onset: tick, duration: length, pitch: .random(in: 55...79, using: &random), velocity: 80)
    }
  }

  private func score(_ tracks: [Note]..., ticksPerQuarter: Int = 480, channel: UInt8 = 0) -> Score {
    Score(
      division: .ticksPerQuarter(ticksPerQuarter),
      tracks: tracks.map { Track(channel: channel, notes: $0) },
      endTick: tracks.joined().map(\.end).max() ?? 0
    ).sorted()
  }

  /// A passage put at another place, higher by so many semitones.
  private func moved(_ notes: ArraySlice<Note>, to tick: Int, by semitones: Int) -> [Note] {
    let start = notes.first?.onset ?? 0
    return notes.map { note in
      var note = note
      note.onset += tick - start
      note.pitch = UInt8(Int(note.pitch) + semitones)
      return note
    }
  }

  @Test func `a planted copy of 20 notes transposed by 3 is found where it stands`() throws {
    let original = tune(100, seed: 1)
    let before = tune(30, seed: 2)
    let copy = moved(original[40..<60], to: before[29].end, by: 3)
    let piece = score(before + copy + tune(30, seed: 3, at: copy[19].end))
    var repertoire = Repertoire()
    for seed in 10..<20 as Range<UInt64> {
      repertoire.append(score(tune(100, seed: seed)), name: "\(seed)")
    }
    let source = score(original)
    repertoire.append(source, name: "original")
    let passage = try #require(repertoire.longestPassage(sharedWith: piece))
    #expect(passage.noteCount == 20)
    #expect(passage.source == "original")
    #expect(passage.transposition == 3)
    #expect(passage.here.pitches == copy.map { Int($0.pitch) })
    #expect(passage.there.pitches == original[40..<60].map { Int($0.pitch) })
    #expect(passage.here.seconds == piece.tempoMap.seconds(atTick: copy[0].onset))
    #expect(passage.here.endSeconds == piece.tempoMap.seconds(atTick: copy[19].onset))
    #expect(passage.there.seconds == source.tempoMap.seconds(atTick: original[40].onset))
    #expect(passage.there.bar == original[40].onset / 1920 + 1)
    #expect(passage.here.track == 1)
  }

  @Test func `a copy counts its first note wherever in the piece it stands`() throws {
    // Twice the same notes, of which those behind the second other one are the source's beginning.
    let tune: [UInt8] = [60, 67, 62, 71, 64, 59, 72, 65, 57, 69, 61, 70]
    func even(_ pitches: [UInt8]) -> Score {
      score(
        pitches.enumerated().map {
          Note(onset: 240 * $0.offset, duration: 240, pitch: $0.element)
        })
    }
    var repertoire = Repertoire()
    repertoire.append(even([76] + tune), name: "source")
    let parts: [[UInt8]] = [[55, 50], tune, [74, 76], tune, [55]]
    let piece = even(Array(parts.joined()))
    let passage = try #require(repertoire.longestPassage(sharedWith: piece))
    #expect(passage.noteCount == 13)
    let copied: [Int] = [76] + tune.map { Int($0) }
    #expect(passage.here.pitches == copied)
    #expect(passage.here.seconds == piece.tempoMap.seconds(atTick: 15 * 240))
  }

  @Test func `independent pieces share only a few notes`() throws {
    var repertoire = Repertoire()
    for seed in 10..<60 as Range<UInt64> {
      repertoire.append(score(tune(200, seed: seed)), name: "\(seed)")
    }
    for seed in 100..<110 as Range<UInt64> {
      let passage = repertoire.longestPassage(sharedWith: score(tune(200, seed: seed)))
      #expect(try #require(passage).noteCount < 8)
    }
  }

  @Test func `a copy is one at another tempo and in other ticks too`() throws {
    let original = tune(50, seed: 4)
    var repertoire = Repertoire()
    repertoire.append(score(original), name: "original")
    var copy = score(
      original.map {
        Note(onset: $0.onset / 5, duration: $0.duration / 5, pitch: $0.pitch)
      }, ticksPerQuarter: 96)
    copy.tempos = [TempoChange(tick: 0, microsecondsPerQuarter: 410_000)]
    #expect(try #require(repertoire.longestPassage(sharedWith: copy)).noteCount == 50)
  }

  @Test func `the same pitches in another rhythm are no copy`() throws {
    let original = tune(50, seed: 4)
    var repertoire = Repertoire()
    repertoire.append(score(original), name: "original")
    let even = original.enumerated().map {
      Note(onset: 240 * $0.offset, duration: 240, pitch: $0.element.pitch)
    }
    #expect(try #require(repertoire.longestPassage(sharedWith: score(even))).noteCount < 8)
  }

  @Test func `a melody is found under another accompaniment`() throws {
    let melody = tune(40, seed: 5)
    func bass(_ seed: UInt64) -> [Note] {
      tune(40, seed: seed).map { Note(onset: $0.onset, duration: 240, pitch: $0.pitch - 30) }
    }
    var repertoire = Repertoire()
    repertoire.append(score(bass(6), melody), name: "original")
    let passage = try #require(repertoire.longestPassage(sharedWith: score(melody, bass(7))))
    #expect(passage.noteCount == 40)
    #expect(passage.here.track == 1)
    #expect(passage.there.track == 2)
    // On top of the only track it is the highest voice still.
    let together = melody.map { Note(onset: $0.onset, duration: 240, pitch: $0.pitch - 12) }
    let doubled = try #require(repertoire.longestPassage(sharedWith: score(together + melody)))
    #expect(doubled.noteCount == 40)
  }

  @Test func `chords whose notes come some milliseconds apart are the same chords`() throws {
    let chords = tune(30, seed: 8).flatMap { note in
      [0, 4, 7].map { Note(onset: note.onset, duration: 100, pitch: note.pitch + UInt8($0)) }
    }
    var random = SeededGenerator(seed: 9)
    let rolled = chords.map { note in
      var note = note
      note.onset += Int.random(in: 0...8, using: &random)
      return note
    }
    var repertoire = Repertoire()
    repertoire.append(score(chords), name: "chords")
    #expect(try #require(repertoire.longestPassage(sharedWith: score(rolled))).noteCount > 60)
  }

  @Test func `drums, single notes and empty pieces share nothing`() {
    var repertoire = Repertoire()
    #expect(repertoire.longestPassage(sharedWith: score(tune(9, seed: 1))) == nil)
    repertoire.append(score(tune(50, seed: 1), channel: 9), name: "drums")
    repertoire.append(score(tune(50, seed: 1)), name: "tune")
    #expect(repertoire.longestPassage(sharedWith: Score()) == nil)
    #expect(repertoire.longestPassage(sharedWith: score(tune(1, seed: 1))) == nil)
    #expect(repertoire.longestPassage(sharedWith: score(tune(50, seed: 1), channel: 9)) == nil)
  }
}
