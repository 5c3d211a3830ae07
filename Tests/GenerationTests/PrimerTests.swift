import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// Music to go on from, whose pitches lie below those that the models of the tests may strike.
struct MotifPrimer: CustomTestStringConvertible, Sendable {
  var motif: String
  /// How long it is, in quarter notes.
  var quarters: Double
  var testDescription: String { motif }

  static let all = [
    MotifPrimer(motif: "C2 E2 G2", quarters: 3), MotifPrimer(motif: "C2+E2+G2", quarters: 1),
    MotifPrimer(motif: "C2 E2 G2 R/1", quarters: 7),
    MotifPrimer(motif: "C2/1 R/8 E2/8 R/1 R/2 R/8", quarters: 11.5),
    MotifPrimer(motif: "R/4 C2/2 E2/2", quarters: 5),
  ]
}

struct PrimerTests {
  static let vocabularies = ["performance", "tsd", "remi", "pianoroll"]

  private func plainAndMerged(_ name: String) throws -> [any Vocabulary] {
    let base = try VocabularyConfiguration(named: name).makeVocabulary()
    let notes = (0..<64).map { index in
      Note(onset: index * 240, duration: 240, pitch: UInt8(50 + index * 7 % 24), velocity: 80)
    }
    let tokens = base.encode(Score(tracks: [Track(notes: notes)], endTick: 64 * 240))
    return [base, try MergedVocabulary.learn(from: [tokens[...]], base: base, count: 20)]
  }

  private func batch(
    _ vocabulary: any Vocabulary, primer: String, seeds: ClosedRange<UInt64>, tempo: Double? = nil
  ) throws -> [PieceBatch.Piece] {
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    var settings = GenerationSettings()
    settings.primer = try Score(motif: primer)
    settings.steering.pitches = 50...90
    settings.steering.tempo = tempo
    settings.length = .tokens(120)
    let batch = try PieceBatch(model: model, settings: settings, seeds: Array(seeds))
    var written: [PieceBatch.Piece] = []
    while let pieces = batch.next() { written += pieces }
    return written
  }

  @Test(arguments: vocabularies, MotifPrimer.all)
  func `what is new begins where the primer ends, its last rest included`(
    _ name: String, _ primer: MotifPrimer
  ) throws {
    for vocabulary in try plainAndMerged(name) {
      let pieces = try batch(vocabulary, primer: primer.motif, seeds: 1...20)
      #expect(pieces.count == 20)
      for piece in pieces {
        let score = piece.score
        let quarter = try #require(score.quarterTicks)
        #expect(piece.primerTick == Int(primer.quarters * Double(quarter)))
        // At 120 quarter notes a minute, to which a metrical vocabulary's nearest tempo is 121.29.
        #expect(abs(piece.primerSeconds / primer.quarters - 0.5) < 0.007)
        let fresh = score.tracks.flatMap { track in track.notes.filter { track.isNew($0) } }
        #expect(!fresh.isEmpty)
        #expect(fresh.allSatisfy { $0.onset >= piece.primerTick })
        let old = score.tracks.flatMap { track in track.notes.filter { !track.isNew($0) } }
        #expect(old.count == (try Score(motif: primer.motif)).tracks[0].notes.count)
      }
    }
  }

  @Test(arguments: vocabularies, MotifPrimer.all)
  func `without its primer a piece holds none of the primer's notes and begins at its end`(
    _ name: String, _ primer: MotifPrimer
  ) throws {
    for vocabulary in try plainAndMerged(name) {
      for piece in try batch(vocabulary, primer: primer.motif, seeds: 1...20) {
        let without = piece.scoreWithoutPrimer
        let fresh = piece.score.tracks.map { track in
          track.notes.filter { track.isNew($0) }.map { note in
            var note = note
            note.onset -= piece.primerTick
            return note
          }
        }
        #expect(without.tracks.map(\.notes) == fresh)
        #expect(without.endTick == piece.score.endTick - piece.primerTick)
      }
    }
  }

  @Test(arguments: ["tsd", "remi"])
  func `behind a primer in another tempo the one that is asked for holds from the first note on`(
    _ name: String
  ) throws {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    for piece in try batch(vocabulary, primer: "C2 E2 G2", seeds: 1...20, tempo: 60) {
      let fresh = piece.score.tracks.flatMap { track in track.notes.filter { track.isNew($0) } }
      let onsets = fresh.map(\.onset)
      let first = try #require(onsets.min())
      let tempos = piece.score.tempos.filter { $0.tick <= first }
        .map { 60e6 / Double($0.microsecondsPerQuarter) }
      let before = try #require(tempos.first)
      let behind = try #require(tempos.last)
      // Notes come at 120 a minute; of the tempos that the vocabulary tells the nearest is meant.
      #expect(abs(before - 120) < 4 && abs(behind - 60) < 4, "\(tempos)")
    }
  }

  @Test func `a primer's notes shorter than the grid leave the next step to what is new`() throws {
    let primer = Score(
      tracks: [Track(notes: [Note(onset: 480, duration: 1, pitch: 40, velocity: 80)])], endTick: 481
    )
    for name in Self.vocabularies {
      let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
      let onsets = vocabulary.quantise(primer).tracks.flatMap(\.notes).map(\.onset)
      #expect(try vocabulary.endTick(of: primer) > #require(onsets.last))
    }
  }
}

extension Track {
  /// Whether a note is none of the primer's, which are low and no drums.
  fileprivate func isNew(_ note: Note) -> Bool { channel == 9 || note.pitch >= 50 }
}

extension Score {
  fileprivate var quarterTicks: Int? {
    guard case .ticksPerQuarter(let ticks) = division else { return nil }
    return ticks
  }
}
