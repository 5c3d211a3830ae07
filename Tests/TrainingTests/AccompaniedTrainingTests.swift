import Corpora
import Evaluation
import FileStorage
import Foundation
import Modeling
import Music
import Recurrent
import Safetensors
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization
import Training

/// Training on pieces of which a part is given.
struct AccompaniedTrainingTests {
  let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"

  /// Tunes of whole notes at random, each with a bass two octaves and a fifth below it: who hears the tune
  /// knows the bass, and nobody else does. `silent` leaves out the tune, but for a note beyond all pitches.
  private func corpus(
    _ count: Int = 24, bars: Int = 12, given part: GivenPart? = .named("tune"),
    isOptional: Bool = false, silent: Bool = false, metres: [TimeSignature] = [],
    named name: String = "pieces"
  ) throws -> Corpus {
    var random = SeededGenerator(seed: 5)
    for piece in 0..<count {
      let pitches = (0..<bars).map { _ in 70 + 4 * UInt8.random(in: 0..<4, using: &random) }
      let tune = pitches.enumerated().map {
        Note(onset: $0.offset * 1920, duration: 1920, pitch: $0.element)
      }
      let bass = tune.map { Note(onset: $0.onset, duration: 1920, pitch: $0.pitch - 31) }
      let score = Score(
        tracks: [
          Track(
            name: "Tune", channel: 0,
            notes: silent ? [Note(onset: 0, duration: 1920, pitch: 127)] : tune),
          Track(name: "Bass", channel: 1, notes: bass),
        ], timeSignatures: metres, endTick: bars * 1920)
      let path = "\(folder)/\(name)/\(piece).mid"
      try createFolder(at: FileStorage.folder(of: path))
      try writeFile(score.midiFile().bytes(), at: path)
    }
    var configuration = MetricalConfiguration()
    configuration.velocityBins = 0
    let base = VocabularyConfiguration.remi(configuration)
    let vocabulary: any Vocabulary =
      try part.map { try AccompaniedVocabulary(base: base, part: $0, isOptional: isOptional) }
      ?? base.makeVocabulary()
    return try Corpus(
      pieces: try MIDIFileFinder().find(["\(folder)/\(name)"]).pieces, vocabulary: vocabulary,
      threads: 2)
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.network.hiddenSize = 32
    settings.network.embeddingSize = 16
    settings.network.layerCount = 1
    settings.network.dropout = 0
    settings.batch = 4
    settings.window = 40
    settings.length = .steps(40)
    settings.heldOut = .fraction(0.25)
    settings.augmentation = Augmentation.Range(semitones: 2)
    settings.network.recall = nil
    return settings
  }

  @Test func `an interrupted run ends with the same bytes`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus()
    let whole = try TrainingRun(settings: settings, corpus: corpus)
    while try whole.next() != nil {}
    let path = "\(folder)/checkpoint.safetensors"
    let first = try TrainingRun(settings: settings, corpus: corpus)
    for _ in 0..<17 { _ = try first.next() }
    try first.checkpoint.write(to: path)
    let checkpoint = try Checkpoint(path: path)
    #expect(checkpoint.settings.vocabulary == corpus.vocabulary.configuration)
    for heard in [
      HeardGroups(openers: 0..<2, members: 2..<5),
      HeardGroups(openers: Int.min..<Int.min, members: 2..<5),
    ] {
      var foreign = checkpoint
      foreign.settings.network.heardGroups = heard
      let file = foreign.file()
      #expect(throws: ModelFileError.self) { try Checkpoint(file) }
    }
    let second = try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
    while try second.next() != nil {}
    #expect(second.model.safetensors() == whole.model.safetensors())
    // Older versions refuse it by its version.
    #expect(whole.model.safetensors().metadata["musegen.format"] == "model 3")
    let read = try Model(whole.model.safetensors())
    #expect(read.vocabulary.configuration == corpus.vocabulary.configuration)
    let vocabulary = try #require(corpus.vocabulary.accompanied)
    #expect(
      read.network.configuration.heardGroups
        == HeardGroups(openers: vocabulary.givenBars, members: vocabulary.givenPitches))
  }

  @Test func `what is given counts in no loss and makes no epoch longer`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (given, silent) = (try corpus(), try corpus(silent: true, named: "silent"))
    #expect(given.pieces.count == 24 && silent.pieces.count == 24)
    for piece in given.pieces.indices {
      #expect(given.predictionCount(ofPiece: piece) == silent.predictionCount(ofPiece: piece))
      // A bar, a position, a program, a pitch and a duration in each of twelve bars, and the end.
      #expect(given.predictionCount(ofPiece: piece) == 61)
      #expect(
        Array(given.tokensWithoutConditions(ofPiece: piece))
          == Array(silent.tokensWithoutConditions(ofPiece: piece)))
    }
    var settings = settings
    settings.length = .epochs(1)
    let run = try TrainingRun(settings: settings, corpus: given)
    var trained = 0
    while let event = try run.next() {
      if case .step(let step) = event { trained += step.tokens }
    }
    #expect(trained == run.tokensPerEpoch)
    #expect(run.tokensPerEpoch > 0 && run.tokensPerEpoch.isMultiple(of: 61))
  }

  @Test func `a network that hears the tune ahead knows the bass`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (given, silent) = (
      try corpus(16), try corpus(16, silent: true, named: "silent")
    )
    var settings = settings
    settings.augmentation = Augmentation.Range()
    settings.heldOut = .fraction(0)
    settings.window = 20
    settings.length = .steps(250)
    settings.schedule.peak = 0.02
    let run = try TrainingRun(settings: settings, corpus: given)
    while try run.next() != nil {}
    let heard = try Likelihood(of: run.model, on: given)
    let unheard = try Likelihood(of: run.model, on: silent)
    let (loss, other) = (
      heard.mean(per: .note)?.value ?? 0, unheard.mean(per: .note)?.value ?? 0
    )
    // Which of four pitches comes nothing tells but the tune a bar before in the stream: log 4 is 1.39.
    #expect(loss < 1, "\(loss) beside \(other)")
    #expect(other > 1.4)
  }

  @Test func `files that lack the part, or have no other, are skipped by name`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let pieces = try corpus(2)
    let reasons = { (part: GivenPart) in
      try Corpus(
        pieces: pieces.pieces.map(\.source),
        vocabulary: try AccompaniedVocabulary(base: .remi(), part: part)
      ).skipped.map(\.reason)
    }
    #expect(
      try reasons(.named("flute")) == [
        .noGivenPart(.named("flute")), .noGivenPart(.named("flute")),
      ])
    #expect(try reasons(.number(3)) == [.noGivenPart(.number(3)), .noGivenPart(.number(3))])
    #expect(try reasons(.number(2)) == [])
    let alone = Score(
      tracks: [Track(name: "tune", notes: [Note(onset: 0, duration: 9, pitch: 60)])], endTick: 9)
    try writeFile(alone.midiFile().bytes(), at: "\(folder)/alone.mid")
    let corpus = try Corpus(
      paths: ["\(folder)/alone.mid"],
      vocabulary: try AccompaniedVocabulary(base: .remi(), part: .highest))
    #expect(corpus.skipped.map(\.reason) == [.noOtherPart(.highest)])
  }

  @Test func `where the part is optional a piece is read with it given and whole`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(8, isOptional: true)
    let vocabulary = try #require(corpus.vocabulary.accompanied)
    #expect(corpus.pieces.count == 16)
    #expect(
      corpus.pieces.indices.allSatisfy {
        vocabulary.isWhole(corpus.tokens(ofPiece: $0)) == !$0.isMultiple(of: 2)
      })
    // In a bar of a whole piece a note's three tokens and the metre are predicted besides.
    #expect(corpus.predictionCount(ofPiece: 0) == 61)
    #expect(corpus.predictionCount(ofPiece: 1) == 61 + 12 * 4)
    // It is no copy of itself.
    #expect(corpus.duplicates.isEmpty)
    for group in corpus.nearDuplicates {
      #expect(Set(group.map { corpus.pieces[$0].path }).count == group.count)
    }
    // Of many some are chosen, in both ways: every second piece would be read in one.
    let half = corpus.evenlyChosen(
      from: Array(corpus.pieces.indices), mostTokens: corpus.tokenCount / 2 + 1)
    #expect(half == [0, 1, 4, 5, 8, 9, 12, 13])
    // Where pieces are counted each is one, in however many ways it is read.
    #expect(corpus.wholePieces(of: half) == [1, 5, 9, 13])
    #expect(corpus.wholePieces(of: [1, 3, 4, 5]) == [1, 3, 5])
    // Both stand on one side.
    let split = try corpus.split(.fraction(0.4))
    #expect(Set(split.valid.map { $0 / 2 }).count * 2 == split.valid.count)
    // A file that is kept is read as it was encoded; one that has no such part is whole.
    let alone = Score(
      tracks: [Track(name: "oboe", notes: [Note(onset: 0, duration: 9, pitch: 60)])], endTick: 9)
    try writeFile(alone.midiFile().bytes(), at: "\(folder)/pieces/alone.mid")
    let cache = CorpusCache(folder: "\(folder)/cache")
    let sources = try MIDIFileFinder().find(["\(folder)/pieces"]).pieces
    let (first, second) = (
      try Corpus(pieces: sources, vocabulary: vocabulary, cache: cache),
      try Corpus(pieces: sources, vocabulary: vocabulary, cache: cache)
    )
    #expect(first.pieces.count == 17 && first.skipped.isEmpty)
    #expect(first.tokens == second.tokens && first.pieces == second.pieces)
    #expect(first.digest == second.digest)
    #expect(first.wholePieces(of: first.pieces.indices).count == 9)
    // The piece that is whole only counts as much as another for which conditions stand together.
    let told = try Corpus(pieces: sources, vocabulary: vocabulary, measuringAttributes: true)
      .learningConditions([.key])
    let mix = try #require(told.conditionMix(of: Array(told.pieces.indices)))
    #expect((0..<24).reduce(0) { $0 + mix.count(ofValue: $1, inSlot: 0) } == 9)

    var settings = settings
    settings.length = .epochs(2)
    settings.network.recall = Recall(lengths: [3])
    let run = try TrainingRun(settings: settings, corpus: corpus)
    while try run.next() != nil {}
    // Each of them is told as what it is read as.
    let read = try Likelihood(of: run.model, on: corpus).pieces
    for (piece, likelihood) in read.enumerated() {
      #expect(likelihood.givenPart == (piece.isMultiple(of: 2) ? "tune" : nil))
      #expect(likelihood.tokens == corpus.predictionCount(ofPiece: piece))
    }
    // How pieces come again is counted in whole ones.
    let whole = try RepeatedPieces.whole(of: corpus, vocabulary, run)
    #expect(run.model.provenance.quoted == whole.quoted)
    #expect(run.model.provenance.barPlans == whole.barPlans)
    #expect(2 * (run.model.provenance.trainingPieces ?? 0) == run.trainingPieces.count)
    let music = run.description(version: "0", arguments: []).corpus
    #expect(music.pieces == 8)
    #expect(music.heldOut.count * 2 == run.validationPieces.count)
    #expect(Set(music.heldOut).count == music.heldOut.count)
  }

  @Test
  func
    `a single file is one piece, of which nothing can be held out, though it is read in two ways`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(1, isOptional: true)
    #expect(corpus.pieces.count == 2)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    #expect(run.cautions.contains(.nothingToHoldOut(pieces: 1)))
  }

  @Test func `bars of one beat are a caution, as the given part is told a bar ahead`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let beats = [TimeSignature(tick: 0, numerator: 1, denominator: 4)]
    let short = try TrainingRun(
      settings: settings, corpus: try corpus(8, isOptional: true, metres: beats, named: "short"))
    // Each piece is read in two ways.
    let count = short.trainingPieces.count / 2
    #expect(short.cautions.contains(.givenPartInShortBars(pieces: count, of: count)))
    let upbeat = beats + [TimeSignature(tick: 480, numerator: 4, denominator: 4)]
    let long = try TrainingRun(
      settings: settings, corpus: try corpus(8, isOptional: true, metres: upbeat, named: "long"))
    #expect(
      !long.cautions.contains {
        if case .givenPartInShortBars = $0 { true } else { false }
      })
  }

  @Test func `samples, which are whole, are held against whole pieces`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.heldOut = .fraction(0)
    let run = try TrainingRun(settings: settings, corpus: try corpus(12, isOptional: true))
    let sound = run.description(version: "0", arguments: []).corpus.sound
    // Two notes every two seconds; beside the given one there is one.
    let density = try #require(sound?["noteDensity"])
    #expect(density.low > 0.9 && density.high < 1.1)
  }

  @Test func `how long notes are is told of whole pieces, in which the given part is written too`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Three notes of 2,003 are more than a thousandth, and three of 4,003 fewer: were the bass counted twice.
    let tune = (0..<3).map { Note(onset: 1920 * $0, duration: 1920, pitch: 80) }
    let bass = (0..<2_000).map { Note(onset: 240 * $0, duration: 240, pitch: 40) }
    let score = Score(
      tracks: [
        Track(name: "Tune", channel: 0, notes: tune), Track(name: "Bass", channel: 1, notes: bass),
      ], endTick: 480_000)
    let path = "\(folder)/piece.mid"
    try createFolder(at: folder)
    try writeFile(score.midiFile().bytes(), at: path)
    let corpus = try Corpus(
      paths: [path],
      vocabulary: try AccompaniedVocabulary(
        base: .remi(), part: .named("tune"), isOptional: true))
    #expect(corpus.pieces.map(\.noteCount) == [2_000, 2_003])
    var settings = settings
    settings.heldOut = .fraction(0)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    let seconds = try #require(run.model.provenance.longestNoteSeconds)
    #expect(abs(seconds - 2) < 0.01)
  }
}

/// How whole pieces that a run learned from come again.
private enum RepeatedPieces {
  static func whole(
    of corpus: Corpus, _ vocabulary: AccompaniedVocabulary, _ run: TrainingRun
  ) throws -> Provenance {
    let recall = try #require(run.model.network.configuration.recall)
    let split = try corpus.split(.fraction(0.25))
    let tokens = split.train.map { corpus.tokens(ofPiece: $0) }
      .filter { vocabulary.isWhole($0) }
    var provenance = Provenance()
    provenance.apply(PieceRepeats(of: tokens, in: corpus.vocabulary, recall: recall))
    return provenance
  }
}
