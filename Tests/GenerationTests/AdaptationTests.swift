import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

/// A model that learns from a primer before it goes on.
struct AdaptationTests {
  private func nats(_ model: Model, of score: Score) throws -> Double {
    let network = model.network
    let tokens = model.vocabulary.encode(score).map { Int32($0) }
    let count = tokens.count - 1
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: count, precision: .f32)
    var state = NetworkState(network.configuration, streams: 1)
    let window = Window(
      length: count, streams: 1, inputs: Array(tokens.dropLast()),
      targets: Array(tokens.dropFirst()), resets: (0..<count).map { $0 == 0 })
    return engine.loss(of: network, on: window, state: &state).mean
  }

  @Test func `a primer and what is like it get likelier the more often it is read`() throws {
    let scores = try RepeatingModel.pieces(count: 2)
    let model = try RepeatingModel.trained(on: [scores[0]], passes: 1)
    let adaptation = Adaptation(rate: 0.01, decay: 0.01, segment: 16)
    let once = try model.adapted(to: scores[1], by: adaptation)
    let often = try model.adapted(to: scores[1], by: adaptation, passes: 5)
    #expect(try nats(once, of: scores[1]) < nats(model, of: scores[1]))
    #expect(try nats(often, of: scores[1]) < nats(once, of: scores[1]))
    #expect(once.provenance == model.provenance)
    #expect(once.network.configuration == model.network.configuration)
    #expect(
      try model.adapted(to: scores[1], by: adaptation).network.parameters
        == once.network.parameters)
  }

  @Test func `the pitches of a primer are learned from, too, where a model tells its own`() throws {
    let score = try RepeatingModel.pieces(count: 1)[0]
    var model = try RepeatingModel.trained(on: [score], passes: 1)
    let pitches = score.tracks.flatMap(\.notes).map(\.pitch)
    let (lowest, highest) = (try #require(pitches.min()), try #require(pitches.max()))
    #expect(lowest < highest)
    model.provenance.pitches = .within(highest...highest)
    #expect(try model.adapted(to: score).provenance.pitches == .within(lowest...highest))
    model.provenance.pitches = nil
    #expect(try model.adapted(to: score).provenance.pitches == nil)
  }

  @Test func `a primer without notes, and settings out of range, are refused`() throws {
    let scores = try RepeatingModel.pieces(count: 1)
    let model = try RepeatingModel.trained(on: scores, passes: 1)
    #expect(throws: GenerationError(.emptyPrimer)) { try model.adapted(to: Score()) }
    for passes in [-1, 0, 101] {
      #expect(throws: GenerationError.self) { try model.adapted(to: scores[0], passes: passes) }
    }
    let error = #expect(throws: GenerationError.self) {
      try model.adapted(to: scores[0], by: Adaptation(segment: 0))
    }
    #expect(error?.description.contains("adaptSegment is 0") == true)
  }
}
