import Batching
import Recurrent
import TestSupport
import Testing
import Tokenization

struct ExcerptWindowsTests {
  /// A piece's tokens name it and the place in it.
  private static func tokens(piece: Int, length: Int) -> [Token] {
    (0..<length).map { Token(piece * 1000 + $0) }
  }

  private func windows(
    _ lengths: [Int], streams: Int, length: Int, _ cutting: ExcerptWindows.Cutting,
    position: PieceStreams.Position? = nil
  ) -> ExcerptWindows {
    ExcerptWindows(
      pieces: Array(lengths.indices), streams: streams, length: length, cutting: cutting,
      position: position, label: { $0 % 3 },
      source: { piece, _ in Self.tokens(piece: piece, length: lengths[piece]) })
  }

  /// The excerpts of a window as the engine will find them: stream after stream, from reset to reset.
  private func excerpts(in cut: ExcerptWindow) -> [[Int32]] {
    var found: [[Int32]] = []
    let window = cut.window
    for stream in 0..<window.streams {
      var open: [Int32] = []
      for step in 0..<window.length {
        let place = step * window.streams + stream
        if window.resets[place], !open.isEmpty {
          found.append(open)
          open = []
        }
        guard window.targets[place] >= 0 else { continue }
        #expect(Int(window.targets[place]) == Int(window.inputs[place]) / 1000 % 3)
        open.append(window.inputs[place])
      }
      if !open.isEmpty { found.append(open) }
    }
    return found
  }

  @Test func `to measure, every token is read once, in equal excerpts that name their piece`() {
    withEvery(seed: 0..<40) { random in
      let lengths = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        Int.random(in: 1...70, using: &random)
      }
      let length = Int.random(in: 5...30, using: &random)
      var windows = windows(
        lengths, streams: Int.random(in: 1...4, using: &random), length: length, .whole)
      var read: [[Int32]] = lengths.map { _ in [] }
      while let cut = windows.next() {
        let found = excerpts(in: cut)
        #expect(found.count == cut.owners.count)
        for (owner, excerpt) in zip(cut.owners, found) {
          let count = (lengths[owner] + length - 1) / length
          #expect(excerpt.count >= lengths[owner] / count && excerpt.count <= length)
          read[owner] += excerpt
        }
      }
      for (piece, length) in lengths.enumerated() {
        #expect(read[piece].sorted() == Self.tokens(piece: piece, length: length).map(Int32.init))
      }
    }
  }

  @Test func `to train, each piece gives its excerpts in every epoch, whole and in one piece`() {
    withEvery(seed: 0..<40) { random in
      let lengths = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        Int.random(in: 1...200, using: &random)
      }
      let length = Int.random(in: 5...30, using: &random)
      var windows = windows(
        lengths, streams: 3, length: length, .drawn(perPiece: 2, epochs: 2, seed: 7))
      var counts = lengths.map { _ in 0 }
      var epochs: [Set<[Int32]>] = [[], []]
      while let cut = windows.next() {
        let found = excerpts(in: cut)
        for (owner, excerpt) in zip(cut.owners, found) {
          counts[owner] += 1
          epochs[windows.position.epoch].insert(excerpt)
          #expect(excerpt.count == min(length, lengths[owner]))
          #expect(zip(excerpt, excerpt.dropFirst()).allSatisfy { $1 == $0 + 1 })
          #expect(Int(excerpt[0]) / 1000 == owner)
        }
      }
      #expect(counts == lengths.map { 2 * min(2, ($0 + length - 1) / length) })
      #expect(windows.epochsRead == 2)
      // Of a long piece other excerpts are drawn.
      if lengths.contains(where: { $0 > 150 }) { #expect(epochs[0] != epochs[1]) }
    }
  }

  @Test func `windows go on from any position to the bit`() {
    let lengths = [3, 50, 120, 7, 19, 4, 88]
    let cutting = ExcerptWindows.Cutting.drawn(perPiece: 3, epochs: 3, seed: 11)
    var whole = windows(lengths, streams: 2, length: 20, cutting)
    var positions: [PieceStreams.Position] = []
    var all: [ExcerptWindow] = []
    while let cut = whole.next() {
      all.append(cut)
      positions.append(whole.position)
    }
    for (index, position) in positions.enumerated() {
      var rest = windows(lengths, streams: 2, length: 20, cutting, position: position)
      #expect(rest.isReachable)
      for later in all[(index + 1)...] {
        let cut = rest.next()
        #expect(cut?.window.inputs == later.window.inputs)
        #expect(cut?.window.resets == later.window.resets)
        #expect(cut?.owners == later.owners)
      }
      #expect(rest.next() == nil)
    }
  }

  @Test func `positions that no windows come to are told`() {
    func isReachable(_ change: (inout PieceStreams.Position) -> Void) -> Bool {
      let cutting = ExcerptWindows.Cutting.drawn(perPiece: 1, epochs: 2, seed: 1)
      var position = windows([5, 6], streams: 2, length: 8, cutting).position
      change(&position)
      return windows([5, 6], streams: 2, length: 8, cutting, position: position).isReachable
    }
    #expect(isReachable { _ in })
    #expect(!isReachable { $0.taken = 3 })
    #expect(!isReachable { $0.taken = -1 })
    #expect(!isReachable { $0.lanes[0].piece = 1 })
  }
}
