public import Recurrent
import Reproducibility
import Tensors
public import Tokenization

/// A window over pieces, and whose every target is.
public struct PieceWindow: Sendable {
  /// The tokens read and predicted.
  public var window: Window
  /// The piece that each target belongs to, [T, B]; nil where nothing is predicted.
  public var owners: [Int?]
}

/// A piece as it is read: its tokens, and which of them are given.
public struct ReadPiece: Hashable, Sendable {
  /// The tokens, from the start to the end.
  public var tokens: [Token]
  /// Whether each token is given: read and not predicted, so that it counts in no loss; empty where none
  /// is.
  public var areGiven: [Bool]

  /// Creates a piece.
  ///
  /// - Parameters:
  ///   - tokens: the tokens.
  ///   - areGiven: whether each is given; empty where none is.
  public init(_ tokens: [Token], areGiven: [Bool] = []) {
    precondition(
      areGiven.isEmpty || areGiven.count == tokens.count,
      "\(areGiven.count) marks for \(tokens.count) tokens")
    self.tokens = tokens
    self.areGiven = areGiven
  }

  /// The token after one, as a target; −1 where it is given.
  func target(after index: Int) -> Int32 {
    !areGiven.isEmpty && areGiven[index + 1] ? -1 : Int32(tokens[index + 1])
  }
}

/// Lays pieces end to end in parallel streams and cuts windows from them.
///
/// A stream that comes to the end of its piece takes the next one of the epoch's order at once, in
/// the middle of a window if need be, and marks the reset. Nothing is padded and no prediction is
/// made twice in an epoch: a piece of n tokens gives n - 1 predictions, less one for each token that is
/// given. Only when the last epoch runs out do streams fall idle, with no targets.
public struct PieceStreams: Sendable {
  /// Gives a piece as it shall be read in an epoch, augmented or not.
  public typealias Source = @Sendable (_ piece: Int, _ epoch: Int) -> ReadPiece

  /// Where the streams stand: all that a checkpoint needs besides the settings.
  public struct Position: Hashable, Sendable, Codable {
    /// A stream's place.
    public struct Lane: Hashable, Sendable, Codable {
      /// The piece being read, nil when idle.
      public var piece: Int?
      /// The epoch in whose order the piece stands.
      public var epoch: Int
      /// The index of the next input token.
      public var index: Int
      /// Whether the piece is read in its own key; nil for no.
      public var isInOwnKey: Bool?
    }

    /// The epoch from whose order the next piece will be taken.
    public var epoch = 0
    /// How many pieces of that order are taken.
    public var taken = 0
    /// The streams' places.
    public var lanes: [Lane]

    /// Whether any streams can stand here: a checkpoint might say anything.
    public var isPossible: Bool {
      (0..<1 << 48).contains(epoch) && taken >= 0 && !lanes.isEmpty
        && lanes.allSatisfy {
          (0...epoch).contains($0.epoch) && $0.index >= 0 && $0.piece ?? 0 >= 0
        }
    }

    /// Whether streams over some pieces can stand here.
    ///
    /// - Parameters:
    ///   - pieces: the pieces' numbers.
    ///   - streams: how many streams run in parallel.
    ///   - source: a piece as it is read in an epoch.
    ///   - ownKeySource: the same of a piece that is read in its own key; nil where none is.
    /// - Returns: whether it has as many streams, each within a piece.
    public func isReachable(
      in pieces: [Int], streams: Int, source: Source, ownKeySource: Source? = nil
    ) -> Bool {
      let known = Set(pieces)
      return isPossible && lanes.count == streams && taken <= pieces.count
        && lanes.allSatisfy { lane in
          guard let piece = lane.piece else { return true }
          guard known.contains(piece) else { return false }
          let content =
            lane.isInOwnKey == true
            ? ownKeySource?(piece, lane.epoch) : source(piece, lane.epoch)
          return content.map { lane.index < $0.tokens.count - 1 } ?? false
        }
    }
  }

  private let pieces: [Int]
  private let epochs: Int?
  private let seed: UInt64?
  private let source: Source
  private let ownKeySource: Source?
  private let plainLength: @Sendable (_ piece: Int) -> Int
  private var order: [Int]
  private var contents: [ReadPiece]
  /// The plain lengths of the pieces of this epoch that are taken, and of all.
  private var takenLength = 0
  private let wholeLength: Int
  /// Where the streams stand.
  public private(set) var position: Position
  /// Whether pieces that are begun from now on are read in their own keys; without effect where nothing tells how.
  public var beginsInOwnKeys = false

  /// Creates the streams of some pieces.
  ///
  /// - Parameters:
  ///   - pieces: the pieces' numbers.
  ///   - streams: how many streams run in parallel.
  ///   - epochs: how many times all pieces are read; nil for ever.
  ///   - seed: where the order of each epoch comes from; nil for the given order.
  ///   - position: where to go on; nil for the start.
  ///   - plainLength: how many predictions a piece counts for in ``plainPredictions``, whatever the source
  ///     makes of it in an epoch.
  ///   - ownKeySource: a piece as it is read in its own key, from when ``beginsInOwnKeys`` says so; nil where none is.
  ///   - source: a piece as it is read in an epoch.
  public init(
    pieces: [Int], streams: Int, epochs: Int?, seed: UInt64?, position: Position? = nil,
    plainLength: @escaping @Sendable (_ piece: Int) -> Int = { _ in 0 },
    ownKeySource: Source? = nil, source: @escaping Source
  ) {
    self.pieces = pieces
    self.epochs = epochs
    self.seed = seed
    self.source = source
    self.ownKeySource = ownKeySource
    self.plainLength = plainLength
    wholeLength = pieces.reduce(0) { $0 + plainLength($1) }
    let idle = Position.Lane(piece: nil, epoch: 0, index: 0)
    self.position = position ?? Position(lanes: Array(repeating: idle, count: streams))
    order = []
    order = PieceStreams.order(of: pieces, epoch: self.position.epoch, seed: seed)
    contents = self.position.lanes.map { lane in
      let source = lane.isInOwnKey == true ? ownKeySource ?? source : source
      return lane.piece.map { source($0, lane.epoch) } ?? ReadPiece([])
    }
    takenLength = order.prefix(self.position.taken).reduce(0) { $0 + plainLength($1) }
  }

  /// How much has been read so far, in predictions of pieces as they stand in their corpus.
  ///
  /// Augmentation makes a piece longer or shorter. Here a piece of which half is read counts for half its
  /// plain length, so that an epoch always comes to the same number.
  public var plainPredictions: Double {
    let unread = zip(position.lanes, contents).reduce(0) { unread, lane in
      guard let piece = lane.0.piece else { return unread }
      let (plain, length) = (plainLength(piece), lane.1.tokens.count - 1)
      let (product, overflow) = plain.multipliedReportingOverflow(by: lane.0.index)
      return unread + plain - (overflow || length < 1 ? plain : product / length)
    }
    return Double(position.epoch) * Double(wholeLength) + Double(takenLength - unread)
  }

  /// The tokens of a stream's piece that windows have read so far; none where it is idle.
  public func tokensRead(inStream stream: Int) -> ArraySlice<Token> {
    let lane = position.lanes[stream]
    return lane.piece == nil ? [] : contents[stream].tokens[..<lane.index]
  }

  /// Cuts the next window.
  ///
  /// - Parameter length: the window's length in tokens.
  /// - Returns: the window, or nil when all epochs are read.
  public mutating func next(length: Int) -> PieceWindow? {
    let streams = position.lanes.count
    var window = Window(
      length: length, streams: streams,
      inputs: Array(repeating: 0, count: length * streams),
      targets: Array(repeating: -1, count: length * streams),
      resets: Array(repeating: false, count: length * streams))
    var owners = [Int?](repeating: nil, count: length * streams)
    var isEmpty = true
    for time in 0..<length {
      for stream in 0..<streams {
        let place = time * streams + stream
        guard let piece = position.lanes[stream].piece ?? takePiece(stream: stream) else {
          window.resets[place] = true
          continue
        }
        let index = position.lanes[stream].index
        window.inputs[place] = Int32(contents[stream].tokens[index])
        window.targets[place] = contents[stream].target(after: index)
        window.resets[place] = index == 0
        if window.targets[place] >= 0 { owners[place] = piece }
        position.lanes[stream].index = index + 1
        if index + 2 == contents[stream].tokens.count { position.lanes[stream].piece = nil }
        isEmpty = false
      }
    }
    return isEmpty ? nil : PieceWindow(window: window, owners: owners)
  }

  /// Gives an idle stream the next piece of the order; nil when there is none.
  private mutating func takePiece(stream: Int) -> Int? {
    // Bounded, so that pieces without a prediction in them cannot keep it for ever.
    for _ in 0...pieces.count {
      if position.taken == order.count {
        guard !order.isEmpty, epochs.map({ position.epoch + 1 < $0 }) ?? true else { return nil }
        position.epoch += 1
        position.taken = 0
        takenLength = 0
        order = PieceStreams.order(of: pieces, epoch: position.epoch, seed: seed)
      }
      let piece = order[position.taken]
      position.taken += 1
      takenLength += plainLength(piece)
      let own = beginsInOwnKeys ? ownKeySource : nil
      let content = (own ?? source)(piece, position.epoch)
      if content.tokens.count < 2 { continue }
      contents[stream] = content
      position.lanes[stream] = Position.Lane(
        piece: piece, epoch: position.epoch, index: 0, isInOwnKey: own == nil ? nil : true)
      return piece
    }
    return nil
  }

  private static func order(of pieces: [Int], epoch: Int, seed: UInt64?) -> [Int] {
    guard let seed else { return pieces }
    var random = RandomSource(seed: derivedSeed(seed, UInt64(epoch), 0))
    return pieces.shuffled(using: &random)
  }
}
