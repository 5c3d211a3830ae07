import Dispatch
import MuseGen
import Synchronization

/// What a model answers, which it is asked for in good time and thinks about elsewhere.
final class ModelAnswer: Sendable {
  private struct State {
    var outcome: Result<[PlayedMusic.Part], any Error>?
    var isUnwanted = false
  }

  private let state = Mutex(State())
  /// How many bars it has.
  let bars: Int

  private static let threads = DispatchQueue(
    label: "musegen.answering", qos: .userInitiated, attributes: .concurrent)

  /// Asks for an answer.
  ///
  /// - Parameters:
  ///   - primer: what was played, in whole bars.
  ///   - bars: how many are answered.
  ///   - order: what else is asked for.
  ///   - grid: where bars are.
  ///   - model: who answers.
  init(to primer: Score, bars: Int, order: PieceOrder, grid: BeatGrid, model: Model) {
    self.bars = bars
    Self.threads.async { [weak self] in
      let outcome = Result {
        try Self.write(to: primer, bars: bars, order: order, grid: grid, model: model) {
          self?.state.withLock { $0.isUnwanted } ?? true
        }
      }
      self?.state.withLock { $0.outcome = outcome }
    }
  }

  /// What came of it; nil while the model thinks.
  var outcome: Result<[PlayedMusic.Part], any Error>? { state.withLock { $0.outcome } }

  func cancel() { state.withLock { $0.isUnwanted = true } }

  private static func write(
    to primer: Score, bars: Int, order: PieceOrder, grid: BeatGrid, model: Model,
    isUnwanted: () -> Bool
  ) throws -> [PlayedMusic.Part] {
    var order = order
    // The primer has its own, which the music goes on in.
    order.tempo = nil
    var settings = try order.settings(for: model, source: primer)
    let end = bars * grid.bar
    settings.length =
      if case .performance = model.vocabulary.configuration.plain {
        .seconds(grid.seconds(of: end))
      } else {
        .bars(bars)
      }
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil { if isUnwanted() { throw CancellationError() } }
    guard let beginning = KeptBeginning(of: primer, bars: nil) else { return [] }
    // Answers are notes: what a pedal holds is a longer one.
    let whole = beginning.joined(
      with: generator.score.foldingPedals(), primerSeconds: generator.primerSeconds, by: model)
    let programs = ChannelPrograms(whole)
    return whole.tracks.compactMap { track in
      let notes = track.notes.compactMap { note -> Note? in
        var note = note
        note.onset -= primer.endTick
        guard 0..<end ~= note.onset else { return nil }
        note.duration = min(note.end, end) - note.onset
        return note
      }
      guard let first = track.notes.first(where: { $0.onset >= primer.endTick }), !notes.isEmpty
      else { return nil }
      return PlayedMusic.Part(
        program: programs.program(of: track, atTick: first.onset), isDrums: track.isDrums,
        notes: notes)
    }
  }
}
