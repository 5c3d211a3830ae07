public import Generation
public import Modeling
import ModelCollection
public import Music

extension Model {
  /// Reads a model that ships with musegen, or one of the user's own, by its name.
  ///
  /// - Parameter name: a name such as `folk`; `ModelCatalog` lists them.
  /// - Returns: the model.
  /// - Throws: ``MuseGenError`` where no model has the name, `ModelFileError` where its file is damaged.
  public static func named(_ name: String) throws -> Model {
    let catalog = ModelCatalog.standard()
    guard let entry = catalog[name] else {
      throw MuseGenError(.unknownModel(found: name, expected: catalog.entries.map(\.name)))
    }
    return try Model(path: entry.path)
  }

  /// Writes a piece as the model's file suggests.
  ///
  /// - Parameters:
  ///   - length: about how long it shall be; nil for as long as the model likes.
  ///   - seed: where every random choice comes from; nil for another one each time.
  /// - Returns: the piece.
  /// - Throws: `GenerationError` where the length is none, `CancellationError` where the task is
  ///   cancelled.
  public func generate(
    _ length: PieceLength? = .atMost(60), seed: UInt64? = nil
  ) async throws -> Score {
    try await generate(
      GenerationSettings(length: length, seed: seed).suited(to: self, asked: Suggestions()))
  }

  /// Writes a piece to order.
  ///
  /// - Parameter settings: what is asked for, and no more: what the model's file suggests beside it is taken over by
  ///   `GenerationSettings.suited(to:asked:keepingSteering:)`.
  /// - Returns: the piece, its primer first where it has one.
  /// - Throws: `GenerationError` where the settings cannot be met, `CancellationError` where the task is
  ///   cancelled.
  public func generate(_ settings: GenerationSettings) async throws -> Score {
    let generator = try PieceGenerator(model: self, settings: settings)
    while generator.next() != nil { try Task.checkCancellation() }
    return generator.score
  }

  /// Writes many pieces side by side, which takes much less time than one after the other.
  ///
  /// - Parameters:
  ///   - settings: what is asked for; its seed is not used.
  ///   - seeds: a seed for each piece, which alone decides over it.
  /// - Returns: the pieces in the seeds' order.
  /// - Throws: `GenerationError` where the settings cannot be met, `CancellationError` where the task is
  ///   cancelled.
  public func generate(_ settings: GenerationSettings, seeds: [UInt64]) async throws -> [Score] {
    let batch = try PieceBatch(model: self, settings: settings, seeds: seeds)
    var scores = [Score](repeating: Score(), count: seeds.count)
    while let finished = batch.next() {
      try Task.checkCancellation()
      for piece in finished { scores[piece.index] = piece.score }
    }
    return scores
  }
}

extension GenerationSettings {
  /// Settings for a piece of a length, otherwise the default ones.
  ///
  /// - Parameters:
  ///   - length: how long the piece shall be; nil for as long as the model likes.
  ///   - seed: where every random choice comes from; nil for another one each time.
  public init(length: PieceLength?, seed: UInt64? = nil) {
    self.init()
    self.length = length
    self.seed = seed ?? .random(in: .min ... .max)
  }
}
