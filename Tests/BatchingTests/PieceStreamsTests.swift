import Batching
import Recurrent
import TestSupport
import Testing
import Tokenization

struct PieceStreamsTests {
  /// A piece's tokens name it and the place in it, so that every prediction can be told apart.
  static func tokens(piece: Int, length: Int) -> [Token] {
    (0..<length).map { Token(piece * 100 + $0) }
  }

  static func source(lengths: [Int]) -> PieceStreams.Source {
    { piece, _ in ReadPiece(tokens(piece: piece, length: lengths[piece])) }
  }

  struct Prediction {
    var stream: Int
    var input: Int32
    var target: Int32
    var isReset: Bool
    var owner: Int?
  }

  /// What a window predicts, in the order in which it is read; where it predicts nothing it has no owner.
  static func predictions(in cut: PieceWindow) -> [Prediction] {
    let window = cut.window
    var predictions: [Prediction] = []
    for place in window.targets.indices {
      let prediction = Prediction(
        stream: place % window.streams, input: window.inputs[place],
        target: window.targets[place], isReset: window.resets[place], owner: cut.owners[place])
      if prediction.target >= 0 {
        predictions.append(prediction)
      } else {
        #expect(prediction.owner == nil)
      }
    }
    return predictions
  }

  @Test func `every prediction of an epoch is made exactly once, in order, with one reset a piece`()
  {
    withEvery(seed: 0..<50) { random in
      let lengths = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        Int.random(in: 0...60, using: &random)
      }
      let epochs = Int.random(in: 1...3, using: &random)
      let batch = Int.random(in: 1...5, using: &random)
      var streams = PieceStreams(
        pieces: Array(lengths.indices), streams: batch, epochs: epochs, seed: random.next(),
        source: Self.source(lengths: lengths))
      var seen: [Int32: Int] = [:]
      var expected = [Int32?](repeating: nil, count: batch)
      while let cut = streams.next(length: Int.random(in: 1...9, using: &random)) {
        for prediction in Self.predictions(in: cut) {
          let input = prediction.input
          #expect(prediction.target == input + 1)
          #expect(prediction.owner == Int(input / 100))
          #expect(prediction.isReset == (input % 100 == 0))
          if input % 100 != 0 { #expect(expected[prediction.stream] == input) }
          expected[prediction.stream] = prediction.target
          seen[input, default: 0] += 1
        }
      }
      for (piece, length) in lengths.enumerated() {
        for index in 0..<max(length - 1, 0) { #expect(seen[Int32(piece * 100 + index)] == epochs) }
      }
      #expect(seen.values.reduce(0, +) == epochs * lengths.reduce(0) { $0 + max($1 - 1, 0) })
    }
  }

  @Test func `no stream falls idle while there is music left`() {
    var streams = PieceStreams(
      pieces: Array(0..<10), streams: 4, epochs: nil, seed: 1,
      source: { piece, _ in ReadPiece(Self.tokens(piece: piece, length: 20 + piece)) })
    for _ in 0..<100 {
      let window = streams.next(length: 16)
      #expect(window?.window.targets.allSatisfy { $0 >= 0 } == true)
    }
  }

  @Test func `each epoch has an order of its own, the same for the same seed`() {
    func order(seed: UInt64) -> [Int32] {
      var streams = PieceStreams(
        pieces: Array(0..<20), streams: 1, epochs: 2, seed: seed,
        source: { piece, _ in ReadPiece(Self.tokens(piece: piece, length: 2)) })
      return streams.next(length: 40)?.window.inputs ?? []
    }
    #expect(order(seed: 1) == order(seed: 1))
    #expect(order(seed: 1) != order(seed: 2))
    #expect(order(seed: 1)[..<20] != order(seed: 1)[20...])
    #expect(Set(order(seed: 1)[..<20]).count == 20)
  }

  @Test func `streams go on from a position as if never left`() {
    let source: PieceStreams.Source = { piece, epoch in
      ReadPiece(Self.tokens(piece: piece, length: 5 + piece + epoch))
    }
    var whole = PieceStreams(
      pieces: Array(0..<7), streams: 3, epochs: 4, seed: 9, source: source)
    for _ in 0..<5 { _ = whole.next(length: 4) }
    var resumed = PieceStreams(
      pieces: Array(0..<7), streams: 3, epochs: 4, seed: 9, position: whole.position, source: source
    )
    while let window = whole.next(length: 4) {
      let other = resumed.next(length: 4)
      #expect(other?.window.inputs == window.window.inputs)
      #expect(other?.window.targets == window.window.targets)
      #expect(other?.window.resets == window.window.resets)
      #expect(other?.owners == window.owners)
    }
    #expect(resumed.next(length: 4) == nil)
  }

  @Test func `pieces that are begun in their own keys are read so to their end, and go on so`() {
    let moved: PieceStreams.Source = { piece, _ in
      ReadPiece(Self.tokens(piece: piece, length: 9))
    }
    let own: PieceStreams.Source = { piece, _ in
      ReadPiece(Self.tokens(piece: piece + 50, length: 9))
    }
    var streams = PieceStreams(
      pieces: [1, 2], streams: 1, epochs: 2, seed: nil, ownKeySource: own, source: moved)
    func starts(_ window: PieceWindow?) -> [Int32] {
      window.map { zip($0.window.inputs, $0.window.resets).filter(\.1).map(\.0) } ?? []
    }
    // A piece has eight predictions: the second of them is in the middle here.
    let first = streams.next(length: 12)
    #expect(starts(first) == [100, 200])
    streams.beginsInOwnKeys = true
    var resumed = PieceStreams(
      pieces: [1, 2], streams: 1, epochs: 2, seed: nil, position: streams.position,
      ownKeySource: own, source: moved)
    resumed.beginsInOwnKeys = true
    let second = streams.next(length: 8)
    #expect(second?.window.inputs == [204, 205, 206, 207, 5100, 5101, 5102, 5103])
    #expect(resumed.next(length: 8)?.window.inputs == second?.window.inputs)
    // Within a piece in its own key, whatever is said of those begun later.
    var later = PieceStreams(
      pieces: [1, 2], streams: 1, epochs: 2, seed: nil, position: streams.position,
      ownKeySource: own, source: moved)
    #expect(later.next(length: 6)?.window.inputs == [5104, 5105, 5106, 5107, 200, 201])
    let position = streams.position
    #expect(
      position.isReachable(in: [1, 2], streams: 1, source: moved, ownKeySource: own))
    #expect(!position.isReachable(in: [1, 2], streams: 1, source: moved))
  }

  @Test func `windows cut anywhere are the same streams as one long window`() {
    withEvery(seed: 0..<50) { random in
      let lengths = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        Int.random(in: 0...30, using: &random)
      }
      let batch = Int.random(in: 1...4, using: &random)
      let seed = random.next()
      func streams() -> PieceStreams {
        PieceStreams(
          pieces: Array(lengths.indices), streams: batch, epochs: 2, seed: seed,
          source: Self.source(lengths: lengths))
      }
      var whole = streams()
      // Longer than all pieces and the idle end of the last short window.
      let total = 2 * lengths.reduce(0, +) + 7
      let long = whole.next(length: total)
      var cut = streams()
      var inputs: [Int32] = []
      var targets: [Int32] = []
      var resets: [Bool] = []
      var owners: [Int?] = []
      while let part = cut.next(length: Int.random(in: 1...7, using: &random)) {
        inputs += part.window.inputs
        targets += part.window.targets
        resets += part.window.resets
        owners += part.owners
      }
      // What comes after the last target is idle.
      let rest = total * batch - inputs.count
      if let long {
        #expect(long.window.inputs == inputs + Array(repeating: 0, count: rest))
        #expect(long.window.targets == targets + Array(repeating: -1, count: rest))
        #expect(long.window.resets == resets + Array(repeating: true, count: rest))
        #expect(long.owners == owners + Array(repeating: nil, count: rest))
      } else {
        #expect(inputs.isEmpty)
      }
    }
  }

  @Test func `tokens that are given are read and not predicted`() {
    let given = [false, true, false, true, true, false]
    var streams = PieceStreams(
      pieces: [0], streams: 1, epochs: 1, seed: nil,
      source: { _, _ in ReadPiece(Self.tokens(piece: 3, length: 6), areGiven: given) })
    let cut = streams.next(length: 6)
    #expect(cut?.window.inputs == [300, 301, 302, 303, 304, 0])
    #expect(cut?.window.targets == [-1, 302, -1, -1, 305, -1])
    #expect(cut?.owners == [nil, 0, nil, nil, 0, nil])
    #expect(cut?.window.targetCount == 2)
    #expect(streams.next(length: 6) == nil)
  }

  @Test func `a position is reachable where its streams stand within pieces, and nowhere else`() {
    let source: PieceStreams.Source = { piece, _ in ReadPiece(Self.tokens(piece: piece, length: 5))
    }
    var streams = PieceStreams(
      pieces: [0, 1, 2], streams: 2, epochs: nil, seed: 1, source: source)
    _ = streams.next(length: 3)
    let position = streams.position
    func isReachable(_ position: PieceStreams.Position) -> Bool {
      position.isReachable(in: [0, 1, 2], streams: 2, source: source)
    }
    #expect(isReachable(position))
    let wrong: [(inout PieceStreams.Position) -> Void] = [
      { $0.lanes[0].piece = 3 }, { $0.lanes[0].index = 4 }, { $0.lanes[1].index = -1 },
      { $0.taken = 4 }, { $0.epoch = -1 }, { $0.lanes.removeLast() },
    ]
    for spoil in wrong {
      var other = position
      spoil(&other)
      #expect(!isReachable(other))
    }
  }
}
