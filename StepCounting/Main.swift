import Evaluation
import Glibc
import Music
import MusicXML
import StandardMIDIFile
import StepCounts
import Tokenization

/// Holds what is done with music to steps in proportion to the music.
@main struct Main {
  static func main() throws {
    guard step_counts_are_kept() != 0 else { return fail("this program does not count its steps") }
    var check = Check()
    // What is looked for would be found.
    check.expectLinear("a square", of: { $0.tracks.count + $0.tracks[0].notes.count }) { count in
      var sum = 0
      for left in 0..<count { for right in 0..<count { sum &+= left ^ right } }
      blackHole = sum
    }
    guard !check.faults.isEmpty else { return fail("a square of steps is not found") }
    check = Check()

    check.expectLinear("writing a file", of: { $0 }) { _ = $0.midiFile().bytes() }
    check.expectLinear("reading a file", of: { $0.midiFile().bytes() }) {
      _ = (try? MIDIFile(bytes: $0)).map { Score($0) }
    }
    check.expectLinear("writing a score down", of: { $0 }) { _ = try? $0.written().bytes() }
    check.expectLinear("reading a score", of: { (try? $0.written().bytes()) ?? [] }) {
      _ = try? Score(PartwiseScore(bytes: $0))
    }
    check.expectLinear("features", of: { $0 }) { _ = PieceFeatures($0) }
    check.expectLinear("what is copied", of: { $0 }) {
      var repertoire = Repertoire()
      repertoire.append($0, name: "itself")
      _ = repertoire.longestPassage(sharedWith: $0)
    }
    for (name, vocabulary) in try vocabularies() {
      check.expectLinear("\(name): encoding", of: { $0 }) { _ = vocabulary.encode($0) }
      check.expectLinear("\(name): quantising", of: { $0 }) { _ = vocabulary.quantise($0) }
      check.expectLinear("\(name): decoding", of: { vocabulary.encode($0) }) {
        _ = vocabulary.decode($0)
      }
      check.expectLinear("\(name): counting bars", of: { vocabulary.encode($0).prefix(8_000) }) {
        var decoder = vocabulary.makeDecoder()
        for token in $0 {
          decoder.consume(token)
          _ = decoder.barsWritten
        }
      }
      check.expectLinear("\(name): varying", of: { ($0, vocabulary.quantise($0)) }) {
        vary($0, gridded: $1, vocabulary)
      }
      guard !(vocabulary is MergedVocabulary) else { continue }
      check.expectLinear("\(name): grammar", of: { vocabulary.encode($0) }) {
        var grammar = vocabulary.makeGrammar()
        grammar.longestNoteSeconds = 4
        grammar.longestRestSeconds = 4
        for token in $0 { grammar.advance(token) }
      }
      check.expectLinear("\(name): learning merges", of: { vocabulary.encode($0) }) {
        _ = try? MergedVocabulary.learn(from: [$0[...]], base: vocabulary, count: 50)
      }
    }
    for fault in check.faults { print(fault) }
    print("\(check.count) checked, \(check.faults.count) take more than twice the steps")
    if !check.faults.isEmpty { exit(1) }
  }

  /// Puts a note into every fourth bar of a piece, as `vary` does but for the network.
  private static func vary(_ score: Score, gridded: Score, _ vocabulary: any Vocabulary) {
    // Of a few bars everything is around each span.
    guard case .ticksPerQuarter(let quarter) = gridded.division, gridded.endTick > 64 * quarter
    else { return }
    let spans = stride(from: 0, to: gridded.endTick, by: 16 * quarter).map {
      $0..<min($0 + 4 * quarter, gridded.endTick)
    }
    let source = SourcePiece(score, gridded: gridded, vocabulary: vocabulary)
    var piece = InpaintedPiece(gridded, spans: spans, vocabulary: vocabulary)
    while let stretch = piece.nextStretch() {
      let note = Note(onset: stretch.span.lowerBound, duration: quarter, pitch: 64)
      let choice = stretch.score.splicing(
        Score(division: gridded.division, tracks: [Track(notes: [note])]), in: stretch.span)
      _ = TokenTimes(piece.tokens(of: choice, in: stretch), of: choice, in: vocabulary)
      piece.settle(choice, in: stretch)
    }
    _ = NoteChanges(from: score, to: source.replacing(spans, with: piece.score))
  }

  private static func fail(_ line: String) {
    print(line)
    exit(1)
  }

  /// The default vocabularies, those with programs and limits, and one with merges.
  private static func vocabularies() throws -> [(String, any Vocabulary)] {
    var result: [(String, any Vocabulary)] = try VocabularyConfiguration.names.map {
      ($0, try VocabularyConfiguration(named: $0).makeVocabulary())
    }
    var performance = PerformanceVocabulary.Configuration()
    performance.programs = true
    performance.polyphony = 8
    result.append(("performance with programs", try PerformanceVocabulary(performance)))
    var metrical = MetricalConfiguration()
    metrical.pedal = true
    metrical.polyphony = 8
    result.append(("remi with pedal", try MetricalVocabulary(.remi, metrical)))
    var roll = PianoRollVocabulary.Configuration()
    roll.holds = true
    roll.polyphony = 8
    result.append(("pianoroll with holds", try PianoRollVocabulary(roll)))
    let tsd = try MetricalVocabulary(.tsd)
    let tokens = tsd.encode(HurtfulMusic.all[0].make(500))
    result.append(
      ("merged tsd", try MergedVocabulary.learn(from: [tokens[...]], base: tsd, count: 50)))
    return result
  }
}

/// Where sums go that nobody reads.
nonisolated(unsafe) private var blackHole = 0

/// What was checked, and what took too many steps.
struct Check {
  private(set) var count = 0
  private(set) var faults: [String] = []

  /// Expects that twice the music takes little more than twice the steps.
  ///
  /// - Parameters:
  ///   - what: what is done.
  ///   - prepare: makes of a score what is worked on; its steps do not count.
  ///   - work: what is counted.
  mutating func expectLinear<Input>(
    _ what: String, of prepare: (Score) -> Input, _ work: (Input) -> Void
  ) {
    for music in HurtfulMusic.all {
      let steps = [2_000, 4_000].map { size in
        let input = prepare(music.make(size))
        let before = step_count()
        work(input)
        return step_count() - before
      }
      count += 1
      // Sorting adds a few steps; what is the same for any music takes some thousands.
      if Double(steps[1]) > 2.3 * Double(steps[0]) + 50_000 {
        faults.append("\(what), \(music.name): \(steps[0]) steps, for twice as much \(steps[1])")
      }
    }
  }
}
