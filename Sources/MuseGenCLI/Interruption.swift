import Foundation
import Synchronization

/// Ctrl-C: the first asks the work to stop at the next good moment, the second leaves at once.
enum Interruption {
  /// Starts to listen for SIGINT, SIGTERM and SIGHUP, which then no longer end the process by
  /// themselves; and lets work go on when nobody reads what it prints.
  static func listen() {
    signal(SIGPIPE, SIG_IGN)
    // A file over its size limit is an error to be told, not a death.
    signal(SIGXFSZ, SIG_IGN)
    // Made before any signal can come: a handler must not be the first to touch a global.
    _ = isRequested
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in
        if requests.add(1, ordering: .relaxed).newValue > 1 {
          _exit(Failure.Code.interrupted.rawValue)
        }
      }
    }
  }

  /// Whether the work should stop.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}

private let requests = Atomic<Int>(0)
