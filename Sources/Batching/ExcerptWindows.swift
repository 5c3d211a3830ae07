public import Recurrent
import Reproducibility
import Tensors
public import Tokenization

/// Which of a window's excerpts is whose.
public struct ExcerptWindow: Sendable {
  /// The tokens read, the labels as targets.
  public var window: Window
  /// The piece of each excerpt, in the order of `BackpropagationThroughTime.excerpts`.
  public var owners: [Int]
}

/// Cuts pieces into excerpts that fit into a window, and fills windows with them.
///
/// A network that says what a piece is answers when it has read it, and a piece may be longer than any
/// window through which gradients can be kept. To carry the state from window to window, as for prediction,
/// would leave the gradient of all but the last window out, for a loss that stands at the end alone. So an
/// excerpt begins with the state in which pieces start and lies within one window: its gradient is whole, and
/// memory does not depend on the pieces' lengths. To train, some excerpts of each piece are drawn anew in
/// each epoch, the same number of all long pieces, so that an hour counts for no more than minutes do. To measure,
/// every token is read, in excerpts of one piece that are equally long.
///
/// Several short excerpts may stand in one stream, one after the other; none is cut at the window's end.
public struct ExcerptWindows: Sendable {
  private struct Cut {
    var piece: Int
    var tokens: ArraySlice<Token>
  }

  /// Gives a piece's tokens as they shall be read in an epoch, augmented or not.
  public typealias Source = @Sendable (_ piece: Int, _ epoch: Int) -> [Token]

  /// How excerpts are cut.
  public enum Cutting: Hashable, Sendable {
    /// All of each piece, once, in the given order.
    case whole
    /// So many excerpts of each piece in each of some epochs, or all of it where that is less, in an order
    /// drawn anew; nil for ever.
    case drawn(perPiece: Int, epochs: Int?, seed: UInt64)
  }

  private let pieces: [Int]
  private let length: Int
  private let cutting: Cutting
  private let label: @Sendable (_ piece: Int) -> Int
  private let source: Source
  private var cuts: [Cut] = []
  /// Where they stand: the epoch, and how many of its excerpts are read; no stream is ever within a piece.
  public private(set) var position: PieceStreams.Position

  /// Prepares the windows over some pieces.
  ///
  /// - Parameters:
  ///   - pieces: the pieces' numbers.
  ///   - streams: how many streams a window has.
  ///   - length: how many tokens of each.
  ///   - cutting: which excerpts are read.
  ///   - position: where to go on; nil for the start.
  ///   - label: the label of a piece.
  ///   - source: the tokens of a piece in an epoch, augmented or not.
  /// - Complexity: O(n) for the n tokens of all pieces, once an epoch.
  public init(
    pieces: [Int], streams: Int, length: Int, cutting: Cutting,
    position: PieceStreams.Position? = nil,
    label: @escaping @Sendable (_ piece: Int) -> Int, source: @escaping Source
  ) {
    self.pieces = pieces
    self.length = length
    self.cutting = cutting
    self.label = label
    self.source = source
    let idle = PieceStreams.Position.Lane(piece: nil, epoch: 0, index: 0)
    self.position =
      position ?? PieceStreams.Position(lanes: Array(repeating: idle, count: streams))
    cuts = cuts(ofEpoch: self.position.epoch)
  }

  /// Whether a checkpoint's windows can stand here.
  public var isReachable: Bool {
    position.isPossible && position.taken <= cuts.count
      && position.lanes.allSatisfy { $0.piece == nil && $0.index == 0 }
  }

  /// Whether all of this epoch is read.
  public var isAtEpochEnd: Bool { position.taken == cuts.count }

  /// How many epochs are read.
  public var epochsRead: Double {
    Double(position.epoch) + Double(position.taken) / Double(max(1, cuts.count))
  }

  /// Fills the next window, which ends with its epoch at the latest.
  ///
  /// - Returns: the window; nil when all is read.
  public mutating func next() -> ExcerptWindow? {
    if isAtEpochEnd {
      guard case .drawn(_, let epochs, _) = cutting, !pieces.isEmpty,
        epochs.map({ position.epoch + 1 < $0 }) ?? true
      else { return nil }
      position.epoch += 1
      position.taken = 0
      cuts = cuts(ofEpoch: position.epoch)
    }
    let streams = position.lanes.count
    var window = Window(
      length: length, streams: streams,
      inputs: Array(repeating: 0, count: length * streams),
      targets: Array(repeating: -1, count: length * streams),
      resets: Array(repeating: false, count: length * streams))
    var owners: [Int] = []
    for stream in 0..<streams {
      var step = 0
      while !isAtEpochEnd, cuts[position.taken].tokens.count <= length - step {
        let cut = cuts[position.taken]
        window.resets[step * streams + stream] = true
        for token in cut.tokens {
          window.inputs[step * streams + stream] = Int32(token)
          window.targets[step * streams + stream] = Int32(label(cut.piece))
          step += 1
        }
        owners.append(cut.piece)
        position.taken += 1
      }
      // What is idle is no part of the excerpt before it.
      if step < length { window.resets[step * streams + stream] = true }
    }
    return owners.isEmpty ? nil : ExcerptWindow(window: window, owners: owners)
  }

  private func cuts(ofEpoch epoch: Int) -> [Cut] {
    switch cutting {
    case .whole:
      return pieces.flatMap { piece in
        let tokens = source(piece, epoch)
        let count = (tokens.count + length - 1) / length
        return (0..<count).map { index in
          Cut(
            piece: piece,
            tokens: tokens[index * tokens.count / count..<(index + 1) * tokens.count / count])
        }
      }
    case .drawn(let perPiece, _, let seed):
      var cuts: [Cut] = []
      for piece in pieces {
        let tokens = source(piece, epoch)
        let count = min(perPiece, (tokens.count + length - 1) / length)
        let spare = max(0, tokens.count - length)
        var random = RandomSource(
          seed: derivedSeed(seed, UInt64(epoch), UInt64(piece) + Self.firstPieceSeed))
        for index in 0..<count {
          // Each from a part of its own, so that they are spread over the piece.
          let place = (Double(index) + random.uniform()) / Double(count)
          let start = min(spare, Int(place * Double(spare + 1)))
          // A copy: a slice would keep the whole piece.
          let excerpt = Array(tokens[start..<min(tokens.count, start + length)])
          cuts.append(Cut(piece: piece, tokens: excerpt[...]))
        }
      }
      var random = RandomSource(seed: derivedSeed(seed, UInt64(epoch), 0))
      return cuts.shuffled(using: &random)
    }
  }

  /// Beyond the purposes for which other seeds of an epoch are drawn.
  private static let firstPieceSeed: UInt64 = 1 << 40
}
