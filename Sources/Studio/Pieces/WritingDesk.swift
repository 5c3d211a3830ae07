import Dispatch
import FlyingFox
import Foundation
import MuseGen

/// Where pieces are written: two at a time, the others in their order.
actor WritingDesk {
  private let shelf: PieceShelf
  private let models: ModelRack
  private var inHand: [String: PieceInHand] = [:]
  private var waiting: [@Sendable () -> Void] = []
  private var atWork = 0

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

  /// Takes an order.
  ///
  /// - Parameters:
  ///   - order: what is asked for.
  ///   - name: what the piece is to be called.
  /// - Returns: the piece, which has yet to be written.
  /// - Throws: ``Refusal`` or the library's error where it cannot be written.
  func take(_ order: PieceOrder, name: String) async throws -> PieceInHand {
    guard waiting.count < Self.mostWaiting else {
      throw Refusal(.tooManyRequests, "\(waiting.count) pieces wait to be written, expected fewer")
    }
    var order = order
    order.seed = order.seed ?? UInt64.random(in: 1..<1_000_000)
    let (model, abilities) = try await models.model(named: order.model)
    try order.check(abilities)
    var source: (score: Score, bytes: [UInt8])?
    if let id = order.source {
      source = (try await shelf.score(of: id), try await shelf.bytes(of: id))
    }
    let task = try WritingTask(order, model: model, source: source?.score)
    let record = PieceRecord(
      id: randomHexadecimal(), name: name, created: Date().timeIntervalSince1970, rating: 0,
      order: order, file: nil, edits: 0, notes: 0, seconds: 0, isDeleted: false)
    let piece = PieceInHand(record, source: source?.bytes)
    if inHand.count > Self.mostRemembered { inHand = inHand.filter { !$0.value.stage.isLast } }
    inHand[record.id] = piece
    start { [threads] in
      threads.async {
        let outcome = Result { try task.run(for: piece) }
        Task { await self.finish(piece, outcome) }
      }
    }
    return piece
  }

  private func start(_ work: @escaping @Sendable () -> Void) {
    guard atWork < Self.places else { return waiting.append(work) }
    atWork += 1
    work()
  }

  private func finish(_ piece: PieceInHand, _ outcome: Result<Score, any Error>) async {
    atWork -= 1
    if !waiting.isEmpty { start(waiting.removeFirst()) }
    do {
      let score = try outcome.get()
      guard !piece.isCancelled else { throw CancellationError() }
      try await shelf.add(piece.record, score, source: piece.source)
      // It is on the shelf before it is done here, so that it can always be found.
      inHand[piece.record.id] = nil
      piece.enter(.finished(Performance(score)))
    } catch is CancellationError {
      piece.enter(.failed("it was stopped"))
    } catch {
      piece.enter(.failed("\(error)"))
    }
  }
}

/// How one order is carried out.
private struct WritingTask: @unchecked Sendable {
  private enum Way {
    case stream(PieceGenerator)
    case vary(Inpainting)
    case harmonize(Harmonization)
    case accompany(Accompaniment, PieceGenerator)
  }

  // Made by the desk and used by one thread after that.
  private let way: Way
  private let credit: PieceCredit

  init(_ order: PieceOrder, model: Model, source: Score?) throws {
    let seed = order.seed ?? 1
    credit = PieceCredit(model: model, seed: seed)
    let source = source ?? Score()
    switch order.kind {
    case .new:
      way = .stream(
        try PieceGenerator(model: model, settings: try order.settings(for: model, source: nil)))
    case .continuation:
      way = .stream(
        try PieceGenerator(model: model, settings: try order.settings(for: model, source: source)))
    case .variation:
      var settings = InpaintingSettings()
      settings.bars = order.bars.map { $0[0]...$0[1] }
      settings.track = order.track
      settings.strength = order.strength ?? (order.bars == nil ? settings.strength : 1)
      settings.temperature = order.temperature ?? settings.temperature
      settings.seed = seed
      way = .vary(try Inpainting(model: model, score: source, settings: settings))
    case .accompaniment:
      let part = order.track.map { GivenPart.number($0) }
      let accompaniment = try Accompaniment(model: model, piece: source, part: part)
      var settings = GenerationSettings()
      settings.sampling.temperature = order.temperature ?? 1
      settings.seed = seed
      try settings.validate()
      way = .accompany(
        accompaniment,
        try PieceGenerator(model: model, settings: accompaniment.settings(settings)))
    case .harmony:
      var settings = HarmonizationSettings()
      settings.track = order.track
      settings.temperature = order.temperature ?? settings.temperature
      settings.seed = seed
      way = .harmonize(try Harmonization(model: model, melody: source, settings: settings))
    }
  }

  /// Writes the piece.
  ///
  /// - Returns: the piece, signed.
  /// - Throws: `CancellationError` where nobody wants it any more.
  func run(for piece: PieceInHand) throws -> Score {
    piece.enter(.writing)
    func checkWanted() throws { if piece.isCancelled { throw CancellationError() } }
    var score: Score
    switch way {
    case .stream(let generator):
      while generator.next() != nil {
        try checkWanted()
        piece.append(generator.takeMessages(), settledUntil: generator.settledSeconds)
      }
      piece.append(generator.takeMessages(), settledUntil: generator.settledSeconds)
      score = generator.score
    case .vary(let inpainting):
      while inpainting.advance() {
        try checkWanted()
        piece.reach(Double(inpainting.spansWritten) / Double(max(1, inpainting.spans.count)))
      }
      score = inpainting.score
    case .harmonize(let harmonization):
      while harmonization.advance() {
        try checkWanted()
        piece.reach(Double(harmonization.frame) / Double(max(1, harmonization.frameCount)))
      }
      score = harmonization.draw()
    case .accompany(let accompaniment, let generator):
      while generator.next() != nil { try checkWanted() }
      score = accompaniment.joined(with: generator.score)
    }
    credit.sign(&score)
    return score
  }
}
