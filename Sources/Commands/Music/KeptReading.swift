import Drawing
import MuseGen
import Synchronization

/// What a signal finds of a large collection that is being read: what was read stays, and that is told.
///
/// Until something would be kept a signal ends the command at once.
final class KeptReading: Sendable {
  private let last = Mutex<Corpus.Progress?>(nil)

  /// Reads a collection whose progress is ``heed(_:)``ed.
  ///
  /// - Parameter read: reads it, and throws `CancellationError` where the task is cancelled.
  /// - Returns: the collection.
  /// - Throws: ``Failure`` where a signal came meanwhile, with how much is kept.
  func corpus(_ read: () throws -> Corpus) throws -> Corpus {
    let corpus: Corpus
    do {
      corpus = try read()
    } catch is CancellationError {
      throw stopped
    }
    Interruption.keepNothing()
    // One that came with the last file.
    if Interruption.isRequested { throw stopped }
    return corpus
  }

  /// Takes note of how far the reading is; called on any thread.
  func heed(_ progress: Corpus.Progress) {
    last.withLock { $0 = progress }
    guard progress.isKept else { return }
    Interruption.keepWork(answering: "keeping what was read; Ctrl-C again leaves without")
  }

  private var stopped: Failure {
    guard let progress = last.withLock({ $0 }) else {
      return Failure(.interrupted, "reading was stopped")
    }
    let how =
      "reading was stopped after \(progress.done.grouped) of \(progress.total.counted("file"))"
    return Failure(
      .interrupted,
      progress.isKept ? "\(how); these are kept, and the same command goes on with the others" : how
    )
  }
}
