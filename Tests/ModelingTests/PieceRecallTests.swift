import Foundation
import Music
import Recurrent
import TestSupport
import Testing
import Tokenization

/// What recall tells of a piece, in every vocabulary.
struct PieceRecallTests {
  /// A phrase of two bars, the same again, another, and the first once more.
  private func score() -> Score {
    var random = SeededGenerator(seed: 11)
    func phrase() -> [UInt8] { (0..<16).map { _ in .random(in: 60...67, using: &random) } }
    let (first, second) = (phrase(), phrase())
    let notes = (first + first + second + first).enumerated().map {
      Note(onset: 240 * $0.offset, duration: 240, pitch: $0.element, velocity: 80)
    }
    return Score(tracks: [Track(notes: notes)], endTick: 240 * notes.count)
  }

  @Test(arguments: VocabularyConfiguration.names)
  func `a transposed piece recalls itself transposed`(_ name: String) throws {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    let tokens = vocabulary.encode(score())
    let moved = vocabulary.augment(tokens, by: Augmentation(semitones: 5))
    #expect(moved != tokens && moved.count == tokens.count)
    var own = PieceMemory(Recall(), vocabularySize: vocabulary.count)
    var other = own
    var candidateCount = 0
    for (token, movedToken) in zip(tokens, moved) {
      own.read(Int32(token))
      other.read(Int32(movedToken))
      #expect(other.candidatePlace == own.candidatePlace)
      #expect(other.quotationPlace == own.quotationPlace)
      guard let place = own.candidatePlace else { continue }
      candidateCount += 1
      #expect(own.candidate == Int32(tokens[place]) && other.candidate == Int32(moved[place]))
    }
    // The phrase comes twice again, each time from its first few tokens on.
    #expect(candidateCount > tokens.count / 4)
  }

  @Test(arguments: VocabularyConfiguration.names, [0, 30])
  func `a transposed piece is as likely whole, in parts and token by token`(
    _ name: String, _ merges: Int
  ) throws {
    var vocabulary: any Vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    let plain = vocabulary.encode(score())
    if merges > 0 {
      vocabulary = try MergedVocabulary.learn(
        from: [plain[...], plain[...]], base: vocabulary, count: merges)
    }
    let tokens = vocabulary.augment(vocabulary.encode(score()), by: Augmentation(semitones: -3))
      .map { Int32($0) }
    let configuration = NetworkConfiguration(
      vocabularySize: vocabulary.count, embeddingSize: 6, hiddenSize: 8, layerCount: 2,
      recall: Recall(lengths: [1, 3]))
    var network = try Network(configuration, seed: 3)
    // Untrained, the gate would say nothing.
    for index in network.layout["recall.gate"]?.range ?? 0..<0 { network.parameters[index] = 0.1 }

    let count = tokens.count - 1
    let engine = try BackpropagationThroughTime(configuration, streams: 1, windowLength: count)
    func losses(_ network: Network, cutAt cuts: [Int]) -> [Float] {
      var state = NetworkState(configuration, streams: 1)
      var losses: [Float] = []
      for (start, end) in zip([0] + cuts, cuts + [count]) {
        let window = Window(
          length: end - start, streams: 1, inputs: Array(tokens[start..<end]),
          targets: Array(tokens[start + 1..<end + 1]), resets: (start..<end).map { $0 == 0 })
        _ = engine.loss(of: network, on: window, state: &state)
        losses += engine.tokenLosses
      }
      return losses
    }
    let whole = losses(network, cutAt: [])
    let parts = losses(network, cutAt: [1, count / 3, count / 2])
    let stepper = try Stepper(network, streams: 1, precision: .f32)
    var logits: [Float] = []
    var steps: [Float] = []
    for (token, next) in zip(tokens, tokens.dropFirst()) {
      stepper.step([token], logits: &logits)
      let sum = logits.reduce(0.0) { $0 + exp(Double($1)) }
      steps.append(Float(log(sum) - Double(logits[Int(next)])))
    }
    #expect(whole.count == count && parts.count == count && steps.count == count)
    for place in 0..<count {
      #expect(abs(parts[place] - whole[place]) < 1e-4, "in parts, at \(place)")
      #expect(abs(steps[place] - whole[place]) < 1e-4, "by steps, at \(place)")
    }
    // What is recalled changes the losses at all.
    for index in network.layout["recall.gate"]?.range ?? 0..<0 { network.parameters[index] = -0.1 }
    #expect(losses(network, cutAt: []) != whole)
  }
}
