import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@testable import Generation

struct InpaintedPieceTests {
  /// The default vocabularies, and each with whatever reaches beyond a token: programs, velocities,
  /// holds, metres, merges.
  static let vocabularies = ["performance", "pianoroll", "tsd", "remi"].flatMap {
    [$0, $0 + " with all", "merged " + $0]
  }

  func vocabulary(_ name: String) throws -> any Vocabulary {
    var performance = PerformanceVocabulary.Configuration()
    performance.programs = true
    var metrical = MetricalConfiguration()
    metrical.programs = true
    metrical.timeSignatures = true
    metrical.tempos = true
    metrical.pedal = true
    var roll = PianoRollVocabulary.Configuration()
    roll.holds = true
    switch name {
    case "performance with all": return try PerformanceVocabulary(performance)
    case "tsd with all": return try MetricalVocabulary(.tsd, metrical)
    case "remi with all": return try MetricalVocabulary(.remi, metrical)
    case "pianoroll with all": return try PianoRollVocabulary(roll)
    default:
      guard name.hasPrefix("merged ") else {
        return try VocabularyConfiguration(named: name).makeVocabulary()
      }
      let base = try VocabularyConfiguration(named: String(name.dropFirst(7))).makeVocabulary()
      return try MergedVocabulary.learn(
        from: [base.encode(music(seed: 8, bars: 60))[...]], base: base, count: 60)
    }
  }

  /// Music of three parts, with rests and long notes among it, changes of tempo and of metre.
  func music(seed: UInt64, bars: Int) -> Score {
    var random = SeededGenerator(seed: seed)
    func notes(_ pitches: ClosedRange<UInt8>, every: Int, rest: Int) -> [Note] {
      var notes: [Note] = []
      var tick = 0
      while tick < bars * 1440 {
        let length = every * Int.random(in: 1...4, using: &random)
        notes.append(
          Note(
            onset: tick, duration: length,
            pitch: UInt8.random(in: pitches, using: &random),
            velocity: UInt8.random(in: 20...120, using: &random)))
        tick += Int.random(in: 0..<20, using: &random) == 0 ? rest : every
      }
      return notes
    }
    return Score(
      tracks: [
        Track(
          channel: 0, notes: notes(60...90, every: 120, rest: 12_000),
          messages: [TrackMessage(tick: 0, kind: .program(40))]),
        Track(channel: 1, notes: notes(30...55, every: 2_400, rest: 30_000)),
        Track(channel: 9, notes: notes(36...50, every: 240, rest: 20_000)),
      ],
      tempos: (0..<bars / 4).map {
        TempoChange(tick: $0 * 5_000, microsecondsPerQuarter: 400_000 + $0 % 5 * 30_000)
      },
      timeSignatures: (0..<bars / 8).map {
        TimeSignature(tick: $0 * 8 * 1440, numerator: 3 + $0 % 2, denominator: 4)
      }, endTick: bars * 1440
    ).removingOverlaps()
  }

  @Test(arguments: vocabularies)
  func `what is encoded around spans is what the whole piece is encoded to`(name: String) throws {
    let vocabulary = try vocabulary(name)
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      var whole = vocabulary.quantise(music(seed: seed, bars: 80))
      let bars =
        (whole.metreMap?.barStarts(before: whole.endTick) ?? []).filter {
          // A performance's bars need not be on its grid.
          !name.contains("performance") || $0 % 10 == 0
        } + [whole.endTick]
      let spans = bars.indices.dropLast().filter { _ in
        Int.random(in: 0..<4, using: &random) == 0
      }.map { bars[$0]..<bars[$0 + 1] }
      var piece = InpaintedPiece(whole, spans: spans, vocabulary: vocabulary)
      var settled: [Token] = []
      while let stretch = piece.nextStretch() {
        settled += stretch.tokens[stretch.settled]
        // The notes of the span, some of them an octave higher, and some not at all.
        var other = stretch.score
        for index in other.tracks.indices {
          other.tracks[index].notes = other.tracks[index].notes.compactMap { note in
            var note = note
            if !other.tracks[index].isDrums, stretch.span.contains(note.onset) {
              note.pitch = note.pitch > 80 ? note.pitch - 12 : note.pitch + 12
            }
            return Int.random(in: 0..<3, using: &random) == 0 ? nil : note
          }
        }
        let choice = stretch.score.splicing(other, in: stretch.span)
        let start = spans[piece.settledSpans].upperBound - stretch.span.upperBound
        let span = stretch.span.lowerBound + start..<stretch.span.upperBound + start
        for (score, tokens) in [
          (stretch.score, stretch.tokens), (choice, piece.tokens(of: choice, in: stretch)),
        ] {
          if score == choice { whole = whole.splicing(other.moved(by: start), in: span) }
          let expected = vocabulary.encode(whole)
          #expect(expected.starts(with: settled))
          let count = TokenTimes(tokens, of: score, in: vocabulary)
            .indexReaching(stretch.next ?? .max)
          let unsettled = tokens[
            stretch.settled.upperBound..<max(count, stretch.settled.upperBound)]
          #expect(expected.dropFirst(settled.count).starts(with: unsettled))
        }
        piece.settle(choice, in: stretch)
      }
      #expect(piece.settledSpans == spans.count)
      #expect(settled.count > vocabulary.encode(whole).count / 2)
    }
  }

  @Test(arguments: vocabularies.filter { !$0.hasPrefix("merged") })
  func `twice as long a piece is twice as long to encode`(name: String) throws {
    let vocabulary = try vocabulary(name)
    let lengths = [100, 400].map { bars in
      let piece = vocabulary.quantise(music(seed: 3, bars: bars))
      let starts = Array(stride(from: 0, to: piece.endTick, by: piece.endTick / bars))
      let spans = starts.indices.dropLast().filter { $0 % 4 == 0 }.map {
        starts[$0]..<starts[$0 + 1]
      }
      var written = InpaintedPiece(piece, spans: spans, vocabulary: vocabulary)
      var length = 0
      while let stretch = written.nextStretch() {
        length += stretch.tokens.count
        written.settle(stretch.score, in: stretch)
      }
      return length
    }
    #expect(lengths[1] < 5 * lengths[0])
  }
}

extension Score {
  fileprivate func moved(by ticks: Int) -> Score {
    var score = self
    for track in tracks.indices {
      for note in tracks[track].notes.indices { score.tracks[track].notes[note].onset += ticks }
    }
    return score
  }
}
