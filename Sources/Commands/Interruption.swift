import FileStorage
import Foundation
import Synchronization

/// Ctrl-C: the first asks the work to stop at the next good moment, a second leaves at once.
///
/// SIGTERM and SIGHUP ask, too, however often they come: a terminal that is closed sends SIGHUP
/// twice within a moment, once through its shell.
enum Interruption {
  /// Starts to listen for SIGINT, SIGTERM and SIGHUP, which then no longer end the process by
  /// themselves; and lets work go on when nobody reads what it prints.
  ///
  /// Under `nohup` a hang-up stays ignored. An ignored SIGINT does not: a script's jobs in the
  /// background have it so, and `kill -INT` is how they are asked to end well.
  static func listen() {
    signal(SIGPIPE, SIG_IGN)
    // A file over its size limit is an error to be told, not a death.
    signal(SIGXFSZ, SIG_IGN)
    // Made before any signal can come: a handler must not be the first to touch a global.
    _ = isRequested
    let numbers = [SIGINT, SIGTERM, SIGHUP].filter { $0 != SIGHUP || !isSignalIgnored($0) }
    for number in numbers {
      signal(number) { number in
        if requests.add(1, ordering: .relaxed).newValue > 1, number == SIGINT {
          _exit(Failure.Code.interrupted.rawValue)
        }
      }
    }
    // A command that waits on the main thread would never hear what our parent has blocked.
    unblockSignals(numbers)
  }

  /// Whether the work should stop.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}

private let requests = Atomic<Int>(0)
