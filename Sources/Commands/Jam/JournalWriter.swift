import Dispatch
import Synchronization

/// Writes lines at the end of a journal on a thread of its own: whoever plays never waits for a disk.
///
/// A line goes out as soon as those before it are written. What finds no room on a full disk waits for the next line, and
/// for ``flush()``; that is told once, and once that it is over. What waits is bounded.
package final class JournalWriter: Sendable {
  private struct State {
    /// What is not written yet, without what is being written.
    var waiting: [String] = []
    /// Whether the thread is still to look at what waits.
    var isCalled = false
    /// How many lines are written at once: as many as the disk still had room for.
    var most = JournalWriter.mostAtOnce
    var hasTrouble = false
    var isBehind = false
    var news: [String] = []
  }

  private let path: String
  private let capacity: Int
  private let write: @Sendable (String) throws -> Void
  private let state = Mutex(State())
  private let thread = DispatchQueue(label: "musegen.journal")

  private static let mostAtOnce = 4_096

  /// Creates a writer, to which nobody else writes.
  ///
  /// - Parameters:
  ///   - path: the journal's name, for what is told of it.
  ///   - capacity: how many lines wait at the most; further ones are left out.
  ///   - write: writes one line or several, with line feeds between them: all of them, or throws and writes none.
  package init(
    path: String, capacity: Int = 1 << 16,
    write: @escaping @Sendable (String) throws -> Void
  ) {
    self.path = path
    self.capacity = capacity
    self.write = write
  }

  /// Has lines written.
  package func append(_ lines: [String]) {
    let isCalled = state.withLock { state in
      let room = max(0, capacity - state.waiting.count)
      if lines.count > room, !state.isBehind {
        state.isBehind = true
        state.news.append(
          "\(path): the disk takes too little; what is played now is in memory until the jam is saved"
        )
      }
      state.waiting += lines.prefix(room)
      defer { state.isCalled = true }
      return state.isCalled
    }
    if !isCalled { thread.async { [self] in writeWaiting() } }
  }

  /// Writes what waits, as far as the disk takes it, and returns.
  package func flush() { thread.sync { writeWaiting() } }

  /// Removes and returns what there is to tell since the last call.
  package func takeNews() -> [String] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  private func writeWaiting() {
    while let batch = takeBatch() {
      do {
        try write(batch.joined(separator: "\n"))
        state.withLock { state in
          state.most = min(Self.mostAtOnce, 2 * state.most)
          if state.hasTrouble { state.news.append("\(path) is written again") }
          state.hasTrouble = false
        }
      } catch {
        guard putBack(batch, after: error) else { return }
      }
    }
  }

  /// The lines that are written next; nil where none wait.
  private func takeBatch() -> [String]? {
    state.withLock { state in
      if state.waiting.isEmpty {
        state.isCalled = false
        state.isBehind = false
        return nil
      }
      let batch = Array(state.waiting.prefix(state.most))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  /// Keeps what was not written, and says whether fewer lines may find room.
  private func putBack(_ batch: [String], after error: any Error) -> Bool {
    state.withLock { state in
      state.waiting.insert(contentsOf: batch, at: 0)
      state.most = max(1, batch.count / 2)
      if batch.count > 1 { return true }
      if !state.hasTrouble { state.news.append("\(error)") }
      state.hasTrouble = true
      state.isCalled = false
      return false
    }
  }
}
