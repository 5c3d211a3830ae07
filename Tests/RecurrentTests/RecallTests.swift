import TestSupport
import Testing

@testable import Recurrent

/// What a network is told of its piece, against a search through all of it.
struct RecallTests {
  private func rows(_ piece: [Int32], _ recall: Recall, vocabulary: Int) -> [[Int32]] {
    var memory = PieceMemory(recall, vocabularySize: vocabulary)
    return piece.map { token in
      memory.read(token)
      return (0..<memory.lookupCount).map { memory.row($0, isHidden: { _ in false }) }
    }
  }

  /// The rows that answers mean: candidates after the vocabulary's, each match's with one for none,
  /// then one for all lengths.
  private static func rows(
    _ answers: [(candidate: Int?, length: Int)], _ lengths: [Int], vocabulary: Int
  ) -> [Int32] {
    let candidates = answers.indices.map { match in
      Int32(vocabulary + match * (vocabulary + 1) + (answers[match].candidate ?? vocabulary))
    }
    let places = answers.indices.map { match -> Int in
      let factor = Double(answers[match].length) / Double(lengths[match])
      return [1, 1.5, 2, 3, 4, 6, 8, 12].count { factor >= $0 }
    }
    let joint = places.reversed().reduce(0) { $0 * 9 + $1 }
    return candidates + [Int32(vocabulary + lengths.count * (vocabulary + 1) + joint)]
  }

  @Test(arguments: [2, 3, 11], [[1], [2], [1, 3], [2, 5, 9]])
  func `candidates and lengths are those of a search through the whole piece`(
    vocabulary: Int, lengths: [Int]
  ) {
    var random = SeededGenerator(seed: UInt64(vocabulary + lengths.count))
    for _ in 0..<4 {
      var piece = (0..<Int.random(in: 1...60, using: &random)).map { _ in
        Int32.random(in: 0..<Int32(vocabulary), using: &random)
      }
      // A passage comes again, so that matches grow long.
      piece += piece.suffix(30) + piece.prefix(20)
      let expected = piece.indices.map { now in
        Self.rows(
          lengths.map { recalledMatch(piece[...now].map(Int.init), least: $0) }, lengths,
          vocabulary: vocabulary)
      }
      #expect(rows(piece, Recall(lengths: lengths), vocabulary: vocabulary) == expected)
    }
  }

  @Test func `a long piece of one event, and one that grows through pages, are followed`() {
    let same = rows([Int32](repeating: 1, count: 40_000), Recall(lengths: [4]), vocabulary: 2)
    #expect(same[3] == [4, 5])
    #expect(same[4] == [3, 6])
    #expect(same.dropFirst(60).allSatisfy { $0 == [3, 13] })
    // A counter repeats no nine digits until it is read again.
    let counter = (0..<3375).flatMap { (number: Int) -> [Int32] in
      [number % 15, number / 15 % 15, number / 225].map { Int32($0) }
    }
    let twice = rows(counter + counter, Recall(lengths: [9]), vocabulary: 16)
    for place in counter.count + 9..<2 * counter.count {
      let next = counter[(place + 1) % counter.count]
      #expect(twice[place][0] == 16 + next)
    }
  }

  @Test func `a piece of one event a million times is followed to its end`() {
    var memory = PieceMemory(Recall(), vocabularySize: 2)
    for _ in 0..<1_000_000 { memory.read(1) }
    #expect(memory.count == 1_000_000)
    #expect(memory.candidatePlace == 999_999 && memory.quotationPlace == 999_999)
    #expect(memory.candidate == 1)
    // Each match's only event, and both lengths in the last of nine classes.
    let told = (0..<3).map { memory.row($0, isHidden: { _ in false }) }
    #expect(told == [3, 6, 88])
  }

  @Test func `copies go their own ways`() {
    let recall = Recall(lengths: [2])
    var first = PieceMemory(recall, vocabularySize: 5)
    var random = SeededGenerator(seed: 1)
    let beginning = (0..<700).map { _ in Int32.random(in: 0..<5, using: &random) }
    for token in beginning { first.read(token) }
    var second = first
    let endings: [[Int32]] = [[0, 1, 2, 3, 4, 0, 1, 2], [4, 4, 3, 3, 4, 4, 3, 3]]
    for (one, other) in zip(endings[0], endings[1]) {
      first.read(one)
      second.read(other)
    }
    for (memory, ending) in zip([first, second], endings) {
      let expected = rows(beginning + ending, recall, vocabulary: 5).last
      let told = (0..<2).map { memory.row($0, isHidden: { _ in false }) }
      #expect(told == expected)
    }
    second.clear()
    #expect(second == PieceMemory(recall, vocabularySize: 5))
  }

  @Test func `windows of any length recall the same, and a piece knows nothing of another`() {
    let configuration = NetworkConfiguration(
      vocabularySize: 3, embeddingSize: 2, hiddenSize: 4, layerCount: 1,
      recall: Recall(lengths: [1, 2]))
    var random = SeededGenerator(seed: 3)
    let window = randomWindow(length: 60, streams: 3, vocabulary: 3, generator: &random)
    var state = NetworkState(configuration, streams: 3)
    let whole = state.recall(window, rate: 0, seed: 0)
    state = NetworkState(configuration, streams: 3)
    var parts = [[Int32]](repeating: [], count: 3)
    for steps in [0..<7, 7..<8, 8..<41, 41..<60] {
      let range = steps.lowerBound * 3..<steps.upperBound * 3
      let part = Window(
        length: steps.count, streams: 3, inputs: Array(window.inputs[range]),
        targets: Array(window.targets[range]), resets: Array(window.resets[range]))
      for (lookup, rows) in state.recall(part, rate: 0, seed: 0).enumerated() {
        parts[lookup] += rows
      }
    }
    #expect(parts == whole)
    for stream in 0..<3 {
      var piece: [Int32] = []
      for step in 0..<60 {
        if window.resets[step * 3 + stream] { piece = [] }
        piece.append(window.inputs[step * 3 + stream])
        let expected = rows(piece, Recall(lengths: [1, 2]), vocabulary: 3).last
        let told = whole.map { $0[step * 3 + stream] }
        #expect(told == expected)
      }
    }
  }

  @Test(arguments: Cell.allCases)
  func `a vocabulary of two events is learnt, and as likely stepped as in a window`(
    _ cell: Cell
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 2, embeddingSize: 3, hiddenSize: 4, layerCount: 1, cell: cell,
      recall: Recall(lengths: [1, 2, 64]))
    let network = try Network(configuration, seed: 3)
    var random = SeededGenerator(seed: 6)
    let window = randomWindow(length: 200, streams: 2, vocabulary: 2, generator: &random)
    let engine = try BackpropagationThroughTime(configuration, streams: 2, windowLength: 200)
    var state = NetworkState(configuration, streams: 2)
    var gradients: [Float] = []
    _ = engine.gradients(
      of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
    #expect(gradients.allSatisfy { $0.isFinite })
    let expected = engine.tokenLosses
    let stepper = try Stepper(network, streams: 2, precision: .f32)
    var logits: [Float] = []
    var losses: [Float] = []
    for step in 0..<200 {
      for stream in 0..<2 where window.resets[step * 2 + stream] { stepper.reset(stream: stream) }
      stepper.step(Array(window.inputs[step * 2..<step * 2 + 2]), logits: &logits)
      for stream in 0..<2 {
        let row = logits[stream * 2..<stream * 2 + 2].map(Double.init)
        let target = window.targets[step * 2 + stream]
        let sum = row.reduce(0) { $0 + exponential($1) }
        losses.append(target < 0 ? 0 : Float(naturalLogarithm(sum) - row[Int(target)]))
      }
    }
    #expect(relativeError(losses, expected) < 1e-5)
  }

  @Test func `a share of the matches is hidden in training, the same for a seed`() {
    let configuration = NetworkConfiguration(
      vocabularySize: 2, embeddingSize: 2, hiddenSize: 4, layerCount: 1,
      recall: Recall(lengths: [1]))
    var random = SeededGenerator(seed: 3)
    let window = randomWindow(
      length: 2000, streams: 2, vocabulary: 2, generator: &random, resets: false)
    func rows(_ rate: Float, _ seed: UInt64) -> [[Int32]] {
      var state = NetworkState(configuration, streams: 2)
      return state.recall(window, rate: rate, seed: seed)
    }
    let hidden = rows(0.25, 7)
    #expect(rows(0.25, 7) == hidden)
    #expect(rows(0.25, 8) != hidden)
    // Row 4 is none, row 5 the length of none.
    let count = zip(hidden[0], hidden[1]).count { $0 == 4 && $1 == 5 }
    #expect(hidden[0].count { $0 == 4 } == count)
    #expect(abs(Double(count) / 4000 - 0.25) < 0.03)
    for (shown, all) in zip(hidden[0], rows(0, 7)[0]) { #expect(shown == 4 || shown == all) }
  }

  /// The passages that a piece ends with several times, found by comparing: how long, and how many times.
  private func repetitions(_ piece: ArraySlice<Int32>) -> [[Int]] {
    var found: [[Int]] = []
    for period in 1..<max(1, piece.count / 2 + 1) {
      var length = period
      while length < piece.count,
        piece[piece.endIndex - 1 - length] == piece[piece.endIndex - 1 - length + period]
      { length += 1 }
      let isTold = found.contains { period % $0[0] == 0 && $0[2] >= length }
      if length >= 2 * period, !isTold { found.append([period, length / period, length]) }
    }
    return found.map { Array($0[..<2]) }
  }

  @Test(arguments: [1, 5, 37, 120, 500])
  func `passages that come several times in a row are those of a search through the whole piece`(
    period: Int
  ) {
    var random = SeededGenerator(seed: UInt64(period))
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in .random(in: 0..<3, using: &random) }
    }
    // What comes again is made of something that comes again itself, and something does not fit.
    let part = tokens(period / 5)
    let passage = part + part + tokens(period - 2 * part.count)
    var piece = tokens(20) + passage + passage + passage + passage + tokens(7)
    if period < 200 { piece += passage + passage + piece.prefix(90) }
    var counter = RepetitionCounter()
    var most = 1
    for place in piece.indices {
      counter.read(piece[place])
      let heard = counter.repetitions
      #expect(heard.allSatisfy { $0.next == piece[place + 1 - $0.period] })
      if place % 7 == 0 || place > 4 * period {
        #expect(heard.map { [$0.period, $0.times] } == repetitions(piece[...place]))
      }
      most = max(most, heard.first { $0.period == period }?.times ?? 1)
    }
    #expect(period == 1 || most == 4)
  }

  @Test func `a passage longer than any that is followed is not told, and memory does not grow`() {
    var counter = RepetitionCounter()
    for token in 0..<40_000 { counter.read(Int32(token % 600)) }
    #expect(counter.repetitions.isEmpty)
    for _ in 0..<40_000 { counter.read(7) }
    #expect(counter.repetitions.map(\.period) == [1])
  }

  @Test(arguments: [[], [1, 2, 3, 4], [0], [65], [6, 6], [16, 6]])
  func `lengths that make no matches are refused`(lengths: [Int]) {
    let configuration = NetworkConfiguration(
      vocabularySize: 3, embeddingSize: 2, hiddenSize: 4, layerCount: 1,
      recall: Recall(lengths: lengths))
    #expect(throws: NetworkError.self) { try configuration.validate() }
  }
}
