import MuseGen

/// Pieces one after the other, each written as it is asked for.
struct EndlessWriter {
  /// A piece of the music.
  struct Beginning: Encodable {
    /// When it begins, in seconds of the music.
    var start: Double
    /// Its seed.
    var seed: UInt64
  }

  /// What is asked for of the pieces to come.
  private var order: PieceOrder
  private let model: Model
  private var piece: PieceStream
  private var passages: PieceStream.Iterator
  /// The piece as it was ordered.
  private var pieceOrder: PieceOrder
  /// Where the piece begins, and how far all is settled.
  private var start = 0.0
  private(set) var settledSeconds = 0.0
  /// How much silence a piece begins with, which is left out; nil where it is not known yet.
  private var silence: Double?
  /// A piece that has begun and was not told of.
  private var news: Beginning?

  /// The rest between two pieces, in seconds.
  private static let rest = 1.5

  /// Begins.
  ///
  /// - Parameters:
  ///   - order: what is asked for, its seed that of the first piece.
  ///   - model: who writes.
  /// - Throws: ``OrderError`` or the library's error where nothing can be written to it.
  init(_ order: PieceOrder, model: Model) throws {
    self.order = order
    self.model = model
    pieceOrder = order
    piece = try PieceStream(model: model, settings: try order.settings(for: model, source: nil))
    passages = piece.makeAsyncIterator()
    news = Beginning(start: 0, seed: order.seed ?? 1)
  }

  /// What comes next, on the clock of the music; nothing where the task is cancelled.
  mutating func next() async throws -> [TimedMessage] {
    guard let passage = await passages.next() else {
      return Task.isCancelled ? [] : try follow(after: Self.rest)
    }
    if silence == nil {
      silence = passage.messages.first { $0.message?.isStrike == true }?.seconds
    }
    let shift = start - (silence ?? passage.settledSeconds)
    settledSeconds = max(settledSeconds, passage.settledSeconds + shift)
    return passage.messages.map { timed in
      TimedMessage(seconds: max(start, timed.seconds + shift), content: timed.content)
    }
  }

  /// Leaves the piece for the next one.
  ///
  /// - Parameter rest: how long nothing is heard between them, in seconds.
  /// - Returns: what ends the piece.
  /// - Throws: the library's error where memory does not suffice for another piece.
  mutating func follow(after rest: Double = 0.05) throws -> [TimedMessage] {
    let seed = order.seed ?? 0
    // One beyond the largest could not be told, and nothing kept that it makes.
    order.seed = seed < PieceOrder.largestSeed ? seed + 1 : 1
    piece = try PieceStream(model: model, settings: try order.settings(for: model, source: nil))
    passages = piece.makeAsyncIterator()
    pieceOrder = order
    let end = settledSeconds
    start = end + rest
    settledSeconds = start
    silence = nil
    news = Beginning(start: start, seed: order.seed ?? 1)
    return TimedMessage.blankSlate(at: end + rest / 2)
  }

  /// The piece that has begun since this was asked last.
  mutating func takeBeginning() -> Beginning? {
    defer { news = nil }
    return news
  }

  /// Draws what comes, and the pieces to come, so boldly.
  mutating func change(temperature: Float) async throws {
    try await piece.change(.temperature(temperature))
    order.temperature = temperature
  }

  /// Strikes so many notes a second from now on; 0 for as many as the model likes.
  mutating func change(density: Double) async throws {
    let asked = density > 0 ? density : nil
    try await piece.change(.density(asked))
    if model.vocabulary.knownConditions?.tells(.density) == true {
      // Such a model can be told some densities alone, and a listener may ask for any.
      order.density = nil
      order.changes = asked.map { [PieceOrder.Change(SamplingChange(event: 0, .density($0)))] }
    } else {
      order.density = asked
    }
  }

  /// What makes the piece that is written now, with all that was changed on its way.
  var present: PieceOrder {
    get async {
      var order = pieceOrder
      let changes = await piece.changes
      order.changes = changes.isEmpty ? nil : changes.map(PieceOrder.Change.init)
      return order
    }
  }
}

extension ChannelMessage {
  /// Whether it strikes a note.
  fileprivate var isStrike: Bool {
    if case .noteOn(_, _, let velocity) = self { velocity > 0 } else { false }
  }
}
