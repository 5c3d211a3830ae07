import Dispatch
import MuseGen

/// What networks do while they read pieces, the last few kept.
actor InsideViews {
  private struct Key: Equatable {
    var piece: String
    var score: Score
    var model: String
    /// What the model has learned, which may be more by the next time.
    var provenance: Provenance
  }

  private var views: [(key: Key, view: Task<InsideView, any Error>)] = []
  private let threads = DispatchQueue(label: "musegen.inside", qos: .utility)

  private static let keptViews = 4

  /// What a model does while it reads a piece.
  ///
  /// - Parameters:
  ///   - record: the piece.
  ///   - score: its notes, as they are now.
  ///   - model: the model.
  ///   - name: what it is called.
  /// - Returns: the view.
  /// - Throws: ``Refusal`` or the library's error where there is none.
  func view(
    of record: PieceRecord, _ score: Score, model: Model, named name: String
  ) async throws -> InsideView {
    let key = Key(piece: record.id, score: score, model: name, provenance: model.provenance)
    if let known = views.first(where: { $0.key == key }) { return try await known.view.value }
    let task = Task { [threads] in
      try await withCheckedThrowingContinuation { continuation in
        threads.async {
          continuation.resume(
            with: Result { try InsideView(of: model, named: name, reading: score) })
        }
      }
    }
    views.append((key, task))
    if views.count > Self.keptViews { views.removeFirst() }
    do {
      return try await task.value
    } catch {
      views.removeAll { $0.key == key }
      throw error
    }
  }
}
