import Dispatch
import Synchronization

/// Shows things on a thread of its own: whoever plays never waits for a terminal that has stopped, or for a reader that is
/// slow.
///
/// Of pictures the latest counts: one that is overtaken before its turn is never shown. Lines are printed in their order.
package final class BackgroundOutput: Sendable {
  private struct Waiting {
    var lines: [@Sendable () -> Void] = []
    var picture: (@Sendable () -> Void)?
    /// Whether the thread is still to look at what waits.
    var isCalled = false

    /// Removes and returns what is shown next; nil where nothing waits.
    mutating func takeNext() -> (@Sendable () -> Void)? {
      if !lines.isEmpty { return lines.removeFirst() }
      let next = picture
      picture = nil
      isCalled = next != nil
      return next
    }
  }

  private let waiting = Mutex(Waiting())
  private let thread = DispatchQueue(label: "musegen.output")

  /// Of more lines those that come last are dropped: hours of news that nobody reads.
  private static let mostLines = 1_000

  package init() {}

  /// Has a line printed that stays, once those before it are.
  ///
  /// - Parameter line: prints it; may wait for whoever reads.
  package func print(_ line: @escaping @Sendable () -> Void) {
    put { if $0.lines.count < Self.mostLines { $0.lines.append(line) } }
  }

  /// Has a picture shown, in the place of one that waits.
  ///
  /// - Parameter picture: shows it; may wait for whoever reads.
  package func show(_ picture: @escaping @Sendable () -> Void) {
    put { $0.picture = picture }
  }

  /// Waits until all is shown.
  package func finish() { thread.sync {} }

  private func put(_ change: (inout Waiting) -> Void) {
    let isCalled = waiting.withLock { waiting in
      change(&waiting)
      defer { waiting.isCalled = true }
      return waiting.isCalled
    }
    if isCalled { return }
    thread.async { [self] in
      while let next = waiting.withLock({ $0.takeNext() }) { next() }
    }
  }
}
