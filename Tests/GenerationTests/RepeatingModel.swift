import Modeling
import Music
import Recurrent
import TestSupport
import Tokenization

/// A small model that has learned in the test how pieces come again.
enum RepeatingModel {
  /// Melodies in frames, one note each: a phrase of 12 notes, again, another, and the first once more.
  static func pieces(count: Int, seed: UInt64 = 1) throws -> [Score] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      func phrase() -> [UInt8] { (0..<12).map { _ in .random(in: 60...67, using: &random) } }
      let (first, second) = (phrase(), phrase())
      return melody(first + first + second + first)
    }
  }

  /// Two notes in turn, for ever.
  static func loop() -> Score { melody((0..<60).map { $0 % 2 == 0 ? 60 : 64 }) }

  static func vocabulary() throws -> PianoRollVocabulary {
    var settings = PianoRollVocabulary.Configuration()
    settings.framesPerWhole = 8
    settings.lowestPitch = 60
    settings.highestPitch = 67
    return try PianoRollVocabulary(settings)
  }

  /// A network trained on pieces by gradient descent, and what the pieces tell of repeats.
  ///
  /// - Parameters:
  ///   - scores: the pieces.
  ///   - passes: how many times each is read.
  ///   - vocabulary: what they are told in; frames where nil.
  static func trained(
    on scores: [Score], passes: Int, in vocabulary: (any Vocabulary)? = nil
  ) throws -> Model {
    let vocabulary = try vocabulary ?? self.vocabulary()
    let recall = Recall()
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
        recall: recall, conditionSlots: vocabulary.knownConditions?.slotSizes), seed: 2)
    let pieces = scores.map { vocabulary.encode($0).map { Int32($0) } }
    let length = pieces.map(\.count).max() ?? 1
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: length, precision: .f32, threads: 1)
    var gradients: [Float] = []
    var momentum = [Float](repeating: 0, count: network.parameters.count)
    for _ in 0..<passes {
      for piece in pieces {
        let count = piece.count - 1
        let window = Window(
          length: count, streams: 1, inputs: Array(piece.dropLast()),
          targets: Array(piece.dropFirst()), resets: (0..<count).map { $0 == 0 })
        var state = NetworkState(network.configuration, streams: 1)
        _ = engine.gradients(
          of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
        for index in gradients.indices {
          momentum[index] = 0.9 * momentum[index] + gradients[index]
          network.parameters[index] -= 0.1 * momentum[index]
        }
      }
    }
    var provenance = Provenance()
    provenance.apply(
      PieceRepeats(
        of: scores.map { vocabulary.encode($0) }, in: vocabulary, recall: recall))
    return Model(network: network, vocabulary: vocabulary, provenance: provenance)
  }

  private static func melody(_ pitches: [UInt8]) -> Score {
    let notes = pitches.enumerated().map {
      Note(onset: 240 * $0.offset, duration: 240, pitch: $0.element, velocity: 80)
    }
    return Score(tracks: [Track(notes: notes)], endTick: 240 * notes.count)
  }
}
