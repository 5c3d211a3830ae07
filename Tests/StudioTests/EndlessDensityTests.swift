import MuseGen
import Testing

@testable import Studio

/// The density that a listener asks for while music goes on.
struct EndlessDensityTests {
  @Test func `the next piece keeps to a density that its model cannot be told`() async throws {
    let pieces = [2.0, 4].map { density in
      var piece = PieceAttributes()
      piece.density = density
      return piece
    }
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.density], of: pieces))
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 1), vocabulary: vocabulary)
    var order = PieceOrder(kind: .new, model: "dense")
    order.seed = 1
    var writer = try EndlessWriter(order, model: model)
    try await writer.change(density: 30)
    _ = try writer.follow()
    for _ in 0..<20 { _ = try await writer.next() }
    let steered = await writer.present
    let changes = try #require(steered.changes)
    #expect(changes.map(\.density) == [30])
    try await writer.change(density: 0)
    _ = try writer.follow()
    _ = try await writer.next()
    let free = await writer.present
    #expect(free.changes == nil)
  }
}
