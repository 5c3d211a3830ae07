import Corpora
import Recurrent

/// Pieces laid end to end in lanes, each piece once: windows, and whose every target is.
struct PieceLanes {
  private let corpus: Corpus
  // Longest first, so that the lanes run out at nearly the same time.
  private var waiting: ArraySlice<Int>
  private var lanes: [(piece: Int, index: Int)?]
  private var predicted = 0
  private let total: Int

  init(corpus: Corpus, count: Int) {
    self.corpus = corpus
    let playable = corpus.pieces.indices.filter { corpus.pieces[$0].tokens.count > 1 }
    waiting =
      playable.sorted {
        (corpus.pieces[$1].tokens.count, $0) < (corpus.pieces[$0].tokens.count, $1)
      }[...]
    lanes = Array(repeating: nil, count: count)
    total = playable.reduce(0) { $0 + corpus.pieces[$1].tokens.count - 1 }
  }

  /// The share of all targets that windows have had.
  var progress: Double { total == 0 ? 1 : Double(predicted) / Double(total) }

  /// The next window with the piece of each target, −1 where nothing is; nil at the end.
  mutating func next(length: Int) -> (window: Window, owners: [Int])? {
    let count = length * lanes.count
    var window = Window(
      length: length, streams: lanes.count, inputs: Array(repeating: 0, count: count),
      targets: Array(repeating: -1, count: count), resets: Array(repeating: true, count: count))
    var owners = Array(repeating: -1, count: count)
    let before = predicted
    for time in 0..<length {
      for lane in lanes.indices {
        if lanes[lane] == nil, let piece = waiting.popFirst() { lanes[lane] = (piece, 0) }
        guard let (piece, index) = lanes[lane] else { continue }
        let tokens = corpus.tokens(ofPiece: piece)
        let place = time * lanes.count + lane
        window.inputs[place] = Int32(tokens[tokens.startIndex + index])
        window.targets[place] = Int32(tokens[tokens.startIndex + index + 1])
        window.resets[place] = index == 0
        owners[place] = piece
        lanes[lane] = index + 2 < tokens.count ? (piece, index + 1) : nil
        predicted += 1
      }
    }
    return predicted > before ? (window, owners) : nil
  }
}
