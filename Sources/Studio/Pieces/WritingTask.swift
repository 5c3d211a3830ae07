import MuseGen

/// How one order is carried out.
struct WritingTask: @unchecked Sendable {
  private enum Way {
    case stream(PieceGenerator, KeptBeginning?)
    case rewrite(Rewriting)
    case harmonize(Harmonization)
    case accompany(Accompaniment, PieceGenerator)
  }

  // Made by the desk and used by one thread after that.
  private let way: Way
  private let model: Model
  private let source: Score
  private let credit: PieceCredit
  /// Whose authors are told in the piece as well: what a generator goes on from, else all of the source.
  private let credited: Score
  /// The order as it is carried out: what was left open is told.
  let order: PieceOrder

  /// Whether the command line has no words for it.
  private(set) var isBeyondCommands = false

  /// Prepares an order.
  ///
  /// - Parameters:
  ///   - order: what is asked for, its seed and locks told.
  ///   - model: who writes.
  ///   - source: the piece that it is written upon.
  /// - Throws: ``Refusal`` or the library's error where it cannot be written.
  init(_ order: PieceOrder, model: Model, source: Score?) throws {
    var order = order
    let seed = order.seed ?? 1
    self.model = model
    credit = PieceCredit(model: model, seed: seed)
    let source = source ?? Score()
    self.source = source
    switch order.kind {
    case .new:
      credited = source
      way = .stream(
        try PieceGenerator(model: model, settings: try order.settings(for: model, source: nil)),
        nil)
    case .continuation:
      // What is locked after the beginning is none of its business.
      let count = source.barCount ?? 1
      let bars = min(order.afterBar ?? count, count)
      order.locks = order.locks.map { $0.first(bars, in: source) }.flatMap { $0.isEmpty ? nil : $0 }
      let settings = try order.settings(for: model, source: source)
      credited = settings.primer ?? source
      let generator = try PieceGenerator(model: model, settings: settings)
      isBeyondCommands = order.locks != nil
      way = .stream(
        generator, order.locks == nil ? nil : KeptBeginning(of: source, bars: order.afterBar))
    case .variation, .filling:
      credited = source
      let plan = try RewritingPlan(order, of: source)
      order.bars = plan.bars
      order.locks = plan.locks
      isBeyondCommands = plan.isBeyondCommands
      var settings = InpaintingSettings()
      settings.track = order.track
      settings.strength = order.strength ?? (plan.stretches.isEmpty ? settings.strength : 1)
      settings.temperature = order.temperature ?? settings.temperature
      settings.seed = seed
      way = .rewrite(
        try Rewriting(
          source, by: model, stretches: plan.stretches, keeping: plan.kept, settings: settings))
    case .accompaniment:
      credited = source
      let part = order.track.map { GivenPart.number($0) }
      let accompaniment = try Accompaniment(model: model, piece: source, part: part)
      var settings = GenerationSettings()
      settings.conditions.style = order.style
      settings.seed = seed
      var asked = Suggestions()
      asked.temperature = order.temperature ?? 1
      settings = settings.suited(to: model, asked: asked)
      try settings.validate()
      way = .accompany(
        accompaniment,
        try PieceGenerator(model: model, settings: accompaniment.settings(settings)))
    case .harmony:
      credited = source
      var settings = HarmonizationSettings()
      settings.track = order.track
      settings.temperature = order.temperature ?? settings.temperature
      settings.seed = seed
      way = .harmonize(try Harmonization(model: model, melody: source, settings: settings))
    }
    self.order = order
  }

  /// What came of an order.
  struct Outcome: Sendable {
    /// The piece, signed.
    var score: Score
    /// What became of the source's notes, where bars of it were written anew.
    var difference: PieceRecord.Difference?
  }

  /// Writes the piece.
  ///
  /// - Throws: `CancellationError` where nobody wants it any more.
  func run(for piece: PieceInHand) throws -> Outcome {
    func checkWanted() throws { if piece.isCancelled { throw CancellationError() } }
    // It may be wanted no more when its turn comes.
    try checkWanted()
    piece.enter(.writing)
    var outcome: Outcome
    switch way {
    case .stream(let generator, let beginning):
      /// Hands on what is new.
      func tell() {
        // The beginning that a piece goes on from is none of what was asked for.
        let written = generator.settledSeconds - generator.primerSeconds
        let share = order.length?.seconds.map { min(max(written / $0, 0), 1) }
        piece.append(
          generator.takeMessages(), settledUntil: generator.settledSeconds, share: share ?? 0)
      }
      while generator.next() != nil {
        try checkWanted()
        tell()
      }
      tell()
      outcome = Outcome(
        score: beginning?.joined(
          with: generator.score, primerSeconds: generator.primerSeconds, by: model,
          tempo: order.tempo)
          ?? generator.score)
    case .rewrite(let rewriting):
      while try rewriting.advance() {
        try checkWanted()
        piece.reach(rewriting.share)
      }
      outcome = Outcome(score: rewriting.score)
      let changes = NoteChanges(from: source, to: outcome.score)
      outcome.difference = PieceRecord.Difference(
        kept: changes.kept, removed: changes.removed, added: changes.added)
    case .harmonize(let harmonization):
      while harmonization.advance() {
        try checkWanted()
        piece.reach(Double(harmonization.frame) / Double(max(1, harmonization.frameCount)))
      }
      outcome = Outcome(score: harmonization.draw())
    case .accompany(let accompaniment, let generator):
      while generator.next() != nil { try checkWanted() }
      outcome = Outcome(score: accompaniment.joined(with: generator.score))
    }
    credit.sign(&outcome.score, upon: credited)
    return outcome
  }
}
