import Dispatch
import FlyingFox
import MuseGen

/// Where pieces are written: two at a time, the others in their order.
actor WritingDesk {
  private let shelf: PieceShelf
  private let models: ModelRack
  private var inHand: [String: PieceInHand] = [:]
  private var waiting: [@Sendable () -> Void] = []
  private var atWork = 0
  /// How many pieces wait, are written or are put on the shelf.
  private var unfinished = 0
  private var isClosed = false

  private static let places = 2
  /// The most pieces that wait.
  private static let mostWaiting = 64
  /// The failed ones that are remembered.
  private static let mostRemembered = 200
  /// Not the threads of tasks, which requests are answered on.
  private let threads = DispatchQueue(
    label: "musegen.writing", qos: .utility, attributes: .concurrent)

  init(shelf: PieceShelf, models: ModelRack) {
    self.shelf = shelf
    self.models = models
  }

  /// The pieces that are being written, that wait, or that failed.
  var all: [PieceInHand] { Array(inHand.values) }

  subscript(id: String) -> PieceInHand? { inHand[id] }

  /// Forgets a piece, and stops writing it.
  func drop(_ id: String) -> Bool {
    guard let piece = inHand.removeValue(forKey: id) else { return false }
    piece.cancel()
    return true
  }

  /// Takes no more orders, stops writing, and waits a while until all that is whole is on the shelf.
  func close() async {
    isClosed = true
    for piece in inHand.values { piece.cancel() }
    for _ in 0..<Self.farewellSteps where unfinished > 0 {
      do { try await Task.sleep(for: Self.farewellStep) } catch { return }
    }
  }

  /// How often and how long closing waits: five seconds in all.
  private static let (farewellSteps, farewellStep) = (250, Duration.milliseconds(20))

  /// Takes an order.
  ///
  /// - Parameters:
  ///   - order: what is asked for.
  ///   - name: what the piece is to be called; nil for a number behind those of all that are kept, thrown away, or
  ///     being written.
  /// - Returns: the piece, which has yet to be written.
  /// - Throws: ``Refusal`` or the library's error where it cannot be written.
  func take(_ order: PieceOrder, name: String?) async throws -> PieceInHand {
    guard !isClosed else { throw Refusal(.serviceUnavailable, "the studio is being closed") }
    guard waiting.count < Self.mostWaiting else {
      throw Refusal(.tooManyRequests, "\(waiting.count) pieces wait to be written, expected fewer")
    }
    var order = order
    order.seed = order.seed ?? GenerationSettings.newSeed()
    let (model, abilities) = try await models.model(named: order.model)
    try order.check(abilities)
    var source: (score: Score, bytes: [UInt8])?
    var locks: PieceLocks?
    if let id = order.source {
      let score = try await shelf.score(of: id)
      source = (score, try await shelf.bytes(of: id))
      if order.heedsLocks {
        locks = try order.locks?.checked(in: score)
        if locks == nil { locks = await shelf[id]?.locks }
      }
    }
    order.locks = locks
    let task = try WritingTask(order, model: model, source: source?.score)
    var others: [PieceRecord] = []
    if name == nil {
      // While the shelf is asked, a piece may be put there.
      let written = inHand.values.map(\.record)
      let shelved = await shelf.all
      others = written + shelved + inHand.values.map(\.record)
    }
    // From here on nothing waits, so that no other order has the same number.
    var record = PieceRecord(name: name ?? Self.unusedName(beside: others), order: task.order)
    record.isBeyondCommands = task.isBeyondCommands ? true : nil
    // What was locked of a piece is so in what it becomes.
    record.locks = order.kind == .continuation ? task.order.locks : locks
    let piece = PieceInHand(record, source: source?.bytes)
    if inHand.count > Self.mostRemembered { inHand = inHand.filter { !$0.value.stage.isLast } }
    inHand[record.id] = piece
    unfinished += 1
    // The desk may have been closed while the model was read.
    if isClosed { piece.cancel() }
    start { [threads] in
      threads.async {
        let outcome = Result { try task.run(for: piece) }
        Task { await self.finish(piece, outcome) }
      }
    }
    return piece
  }

  private static func unusedName(beside records: [PieceRecord]) -> String {
    let numbers = records.compactMap { record in
      record.name.wholeMatch(of: /Piece ([0-9]{1,9})/).flatMap { Int($0.1) }
    }
    return "Piece \((numbers.max() ?? 0) + 1)"
  }

  private func start(_ work: @escaping @Sendable () -> Void) {
    guard atWork < Self.places else { return waiting.append(work) }
    atWork += 1
    work()
  }

  private func finish(_ piece: PieceInHand, _ outcome: Result<WritingTask.Outcome, any Error>) async
  {
    defer { unfinished -= 1 }
    atWork -= 1
    if !waiting.isEmpty { start(waiting.removeFirst()) }
    do {
      let outcome = try outcome.get()
      // What is whole is kept where the desk is closed, but not where somebody has thrown it away.
      guard inHand[piece.record.id] != nil else { throw CancellationError() }
      var record = piece.record
      record.difference = outcome.difference
      try await shelf.add(record, outcome.score, source: piece.source)
      // Somebody may have thrown it away while it was put there.
      if inHand[record.id] == nil {
        try await shelf.throwAway(record.id)
        throw CancellationError()
      }
      // It is on the shelf before it is done here, so that it can always be found.
      inHand[piece.record.id] = nil
      piece.enter(.finished(Performance(outcome.score)))
    } catch is CancellationError {
      piece.enter(.failed("it was stopped"))
    } catch {
      piece.enter(.failed("\(error)"))
    }
  }
}
