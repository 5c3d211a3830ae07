import Experiments
import Foundation
import Recurrent
import TestSupport
import Testing

struct MemoryTaskTests {
  @Test func `the copy task asks for the symbols that were given`() {
    var generator = SeededGenerator(seed: 1)
    let window = MemoryTask.copy.examples(lag: 4, streams: 2, from: &generator)
    #expect(window.length == 10)
    for stream in 0..<2 {
      let inputs = (0..<10).map { window.inputs[$0 * 2 + stream] }
      let targets = (0..<10).map { window.targets[$0 * 2 + stream] }
      #expect(targets.suffix(3) == inputs.prefix(3))
      #expect(Array(inputs[3..<7]) == [8, 8, 8, 8] && inputs[7] == 9)
      #expect(targets.prefix(7).allSatisfy { $0 == -1 })
    }
  }

  @Test func `the adding task asks for the sum of the marked digits`() {
    var generator = SeededGenerator(seed: 1)
    for lag in [1, 10, 50] {
      let window = MemoryTask.adding.examples(lag: lag, streams: 8, from: &generator)
      for stream in 0..<8 {
        let inputs = (0..<window.length).map { window.inputs[$0 * 8 + stream] }
        let marked = inputs.filter { $0 >= 10 }
        #expect(marked.count == 2)
        #expect(window.targets[(window.length - 1) * 8 + stream] == marked[0] + marked[1] - 20)
      }
    }
  }

  @Test func `guessing loses the entropy of what is asked for`() {
    #expect(abs(MemoryTask.copy.chance - log(8.0)) < 5e-4)
    let sums = (0..<10).flatMap { first in (0..<10).map { first + $0 } }
    let shares = Dictionary(grouping: sums) { $0 }.values.map { Double($0.count) / 100 }
    let entropy = -shares.reduce(0) { $0 + $1 * log($1) }
    #expect(abs(MemoryTask.adding.chance - entropy) < 5e-4)
  }

  @Test func `a GRU learns to copy over a short lag`() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: MemoryTask.copy.vocabularySize, embeddingSize: 16, hiddenSize: 48,
      layerCount: 1, cell: .gru)
    var network = try Network(configuration, seed: 1)
    let trial = try MemoryTrial.run(.copy, lag: 5, network: &network, steps: 1500)
    #expect(trial.isSolved)
    #expect(trial.nats < 0.21)
    // What it has learned is handed on.
    let longer = try MemoryTrial.run(.copy, lag: 6, network: &network, steps: 1500)
    #expect(longer.isSolved && longer.steps < trial.steps)
  }
}
