import Corpora
import Evaluation
import FileStorage
import Foundation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

struct LikelihoodTests {
  private func corpus(pieces: Int, vocabulary: any Vocabulary) throws -> Corpus {
    let folder = FileManager.default.temporaryDirectory.appending(path: "musegen-\(UUID())")
    try createFolder(at: folder.path)
    defer { try? FileManager.default.removeItem(at: folder) }
    var generator = SeededGenerator(seed: 4)
    for piece in 0..<pieces {
      let notes = (0..<Int.random(in: 3...90, using: &generator)).map {
        Note(onset: 240 * $0, duration: 240, pitch: .random(in: 50...80, using: &generator))
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: 240 * notes.count)
      try writeFile(
        score.midiFile().bytes(), at: folder.appending(path: "\(100 + piece).mid").path)
    }
    return try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder.path]), vocabulary: vocabulary, threads: 2)
  }

  @Test func `each piece's nats are those of reading it alone, whatever it is read beside`() throws
  {
    var settings = PianoRollVocabulary.Configuration()
    settings.framesPerWhole = 8
    let vocabulary = try PianoRollVocabulary(settings)
    let corpus = try corpus(pieces: 41, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 7, hiddenSize: 12, layerCount: 2), seed: 3)
    let likelihood = try Likelihood(
      of: Model(network: network, vocabulary: vocabulary), on: corpus)
    var total = 0.0
    for (piece, found) in likelihood.pieces.enumerated() {
      let tokens = Array(corpus.tokens(ofPiece: piece))
      let stepper = try Stepper(network, streams: 1, precision: .f32)
      var logits: [Float] = []
      var nats = 0.0
      for (token, next) in zip(tokens, tokens.dropFirst()) {
        stepper.step([Int32(token)], logits: &logits)
        nats += log(logits.reduce(0) { $0 + exp(Double($1)) }) - Double(logits[Int(next)])
      }
      #expect(abs(found.nats - nats) < 1e-4 * nats)
      #expect(found.tokens == tokens.count - 1)
      #expect(found.frames == tokens.count(where: { vocabulary.kind(of: $0) == "end-of-frame" }))
      total += nats
    }
    let frames = likelihood.pieces.reduce(0) { $0 + $1.frames }
    let mean = try #require(likelihood.mean(per: .frame))
    #expect(abs(mean.value - total / Double(frames)) < 1e-3)
    let (low, high) = (try #require(mean.low), try #require(mean.high))
    #expect(low < mean.value && mean.value < high)
    #expect(mean == likelihood.mean(per: .frame))
  }

  @Test func `a model that learns from a piece forgets it before the next, on any threads`()
    throws
  {
    var settings = PianoRollVocabulary.Configuration()
    settings.framesPerWhole = 8
    let vocabulary = try PianoRollVocabulary(settings)
    let corpus = try corpus(pieces: 7, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 7, hiddenSize: 12, layerCount: 1,
        dropout: 0.3), seed: 3)
    let model = Model(network: network, vocabulary: vocabulary)
    let adaptation = Adaptation(rate: 0.01, decay: 0.01, segment: 20)
    let set = EvaluationSet(of: corpus, vocabulary: vocabulary)
    let found = try set.likelihood(of: model, adapting: adaptation, threads: 1)
    for threads in [2, 3] {
      #expect(try set.likelihood(of: model, adapting: adaptation, threads: threads) == found)
    }
    #expect(try Likelihood(of: model, on: corpus, adapting: adaptation) == found)
    let reader = try AdaptiveReader(
      network, adaptation,
      statistics: try GradientStatistics(
        of: network, from: Int32(vocabulary.start), to: Int32(vocabulary.end), segment: 20))
    for (number, piece) in found.pieces.enumerated() {
      reader.begin()
      let alone = reader.read(corpus.tokens(ofPiece: number).map { Int32($0) })
      #expect(piece.nats == alone.nats)
      #expect(piece.tokens == alone.count)
    }
    // Notes at random all lie within 31 of 88 keys, which an untrained model learns from a piece.
    let plain = try Likelihood(of: model, on: corpus)
    #expect(found.total.count == plain.total.count)
    #expect(found.total.mean < plain.total.mean - 0.1)
  }

  @Test func `what a model learns from is measured in pieces that it writes as it was taught`()
    throws
  {
    let vocabulary = try AccompaniedVocabulary(
      base: try VocabularyConfiguration(named: "remi"), part: .highest, isOptional: true)
    // Pieces of a single line have nothing beside it, and are whole.
    let corpus = try corpus(pieces: 1, vocabulary: vocabulary)
    #expect(corpus.pieces.count == 1)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 7, hiddenSize: 12, layerCount: 1), seed: 3)
    let adaptation = Adaptation(rate: 0.01, decay: 0.01, segment: 20)
    let found = try Likelihood(
      of: Model(network: network, vocabulary: vocabulary), on: corpus, adapting: adaptation)
    // Behind the start it reads that a part is over, before it writes.
    let over = Int32(vocabulary.givenBars.upperBound - 1)
    let reader = try AdaptiveReader(
      network, adaptation,
      statistics: try GradientStatistics(
        of: network, from: Int32(vocabulary.start), given: [over], to: Int32(vocabulary.end),
        predictable: vocabulary.predictableCount, segment: 20))
    reader.begin()
    let tokens = Array(corpus.tokens(ofPiece: 0))
    #expect(Int32(tokens[1]) == over)
    let alone = reader.read(tokens.map { Int32($0) }, areGiven: vocabulary.areGiven(tokens))
    #expect(found.pieces[0].nats == alone.nats)
  }

  @Test func `conditions count in no loss, whether the model learns from the piece or not`() throws
  {
    let plain = try VocabularyConfiguration(named: "remi").makeVocabulary()
    let pieces = [3, 4].map { numerator in
      var piece = PieceAttributes()
      piece.metre = .init(numerator: numerator, denominator: 4)
      piece.key = Key(tonic: 0, isMinor: false)
      return piece
    }
    let vocabulary = try ConditionedVocabulary(
      base: plain, conditions: Conditions([.key, .metre], of: pieces))
    let corpus = try corpus(pieces: 5, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 7, hiddenSize: 12, layerCount: 1,
        recall: Recall(lengths: [2]), conditionSlots: vocabulary.conditions.slotSizes), seed: 3)
    let model = Model(network: network, vocabulary: vocabulary)
    let likelihood = try Likelihood(of: model, on: corpus)
    let bare = try self.corpus(pieces: 5, vocabulary: plain)
    #expect(likelihood.pieces.map(\.tokens) == bare.pieces.map { $0.tokens.count - 1 })
    // With steps too small to change anything the two readings are one.
    let still = try Likelihood(
      of: model, on: corpus, adapting: Adaptation(rate: 1e-9, decay: 0, segment: 20))
    #expect(still.total.count == likelihood.total.count)
    for (still, plain) in zip(still.pieces, likelihood.pieces) {
      #expect(abs(still.nats - plain.nats) < 1e-4 * plain.nats && still.tokens == plain.tokens)
    }
    let learnt = try Likelihood(
      of: model, on: corpus, adapting: Adaptation(rate: 0.01, decay: 0.01, segment: 20))
    #expect(learnt.total.mean < likelihood.total.mean - 0.1)
  }

  @Test func `learning as it reads is refused where a setting is out of range`() throws {
    let vocabulary = PerformanceVocabulary()
    let corpus = try corpus(pieces: 1, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1), seed: 3)
    let model = Model(network: network, vocabulary: vocabulary)
    let error = #expect(throws: EvaluationError.self) {
      try Likelihood(of: model, on: corpus, adapting: Adaptation(rate: -1))
    }
    #expect(error?.description.contains("adaptRate is -1.0") == true)
  }

  @Test func `a vocabulary without frames has no loss per frame`() throws {
    let vocabulary = PerformanceVocabulary()
    let corpus = try corpus(pieces: 2, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1), seed: 3)
    let likelihood = try Likelihood(
      of: Model(network: network, vocabulary: vocabulary), on: corpus)
    #expect(likelihood.mean(per: .frame) == nil)
    #expect(try #require(likelihood.mean(per: .token)).value > 3)
  }

  @Test func `pieces in another vocabulary than the model's are refused`() throws {
    let corpus = try corpus(pieces: 1, vocabulary: PerformanceVocabulary())
    let vocabulary = try VocabularyConfiguration.tsd().makeVocabulary()
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1), seed: 3)
    #expect(throws: EvaluationError(.vocabulary(corpus: "performance", model: "tsd"))) {
      try Likelihood(of: Model(network: network, vocabulary: vocabulary), on: corpus)
    }
  }

  @Test func `some pieces of a corpus are measured as they are among all of it`() throws {
    let vocabulary = PerformanceVocabulary()
    let corpus = try corpus(pieces: 9, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1), seed: 3)
    let all = try Likelihood(of: Model(network: network, vocabulary: vocabulary), on: corpus)
    let some = EvaluationSet(pieces: [1, 4, 5], of: corpus, vocabulary: vocabulary)
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 2, windowLength: 7, precision: .f32)
    let likelihood = try some.likelihood(of: network, with: engine)
    for (found, number) in zip(likelihood.pieces, some.pieces) {
      #expect(found.path == all.pieces[number].path)
      #expect(found.tokens == all.pieces[number].tokens)
      #expect(abs(found.nats / all.pieces[number].nats - 1) < 1e-5)
    }
    #expect(abs(likelihood.total.nats / likelihood.pieces.reduce(0) { $0 + $1.nats } - 1) < 1e-5)
    #expect(some.noteCount == likelihood.pieces.reduce(0) { $0 + $1.notes })
  }

  @Test func `measuring ends with its task`() async throws {
    let vocabulary = PerformanceVocabulary()
    let corpus = try corpus(pieces: 3, vocabulary: vocabulary)
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1), seed: 3)
    let measuring = Task {
      cancelThisTask()
      return try Likelihood(of: Model(network: network, vocabulary: vocabulary), on: corpus)
    }
    await #expect(throws: CancellationError.self) { try await measuring.value }
  }
}
