import Dispatch
import FileStorage
import Foundation
import Synchronization

/// Ctrl-C: the first cancels the command's task, a second leaves at once.
///
/// SIGTERM and SIGHUP cancel it, too, however often they come: a terminal that is closed sends SIGHUP
/// twice within a moment, once through its shell.
enum Interruption {
  private static let requests = Atomic<Int>(0)
  private static let task = Mutex<Task<Void, any Error>?>(nil)
  /// Raised by the handler: its `sem_post` is one of the few things that a handler may call.
  private static let requested = DispatchSemaphore(value: 0)
  /// A thread of its own: those of tasks may all be at work when the request comes.
  private static let listener: Void = {
    Thread {
      requested.wait()
      task.withLock { $0 }?.cancel()
    }.start()
  }()

  /// Whether the command should stop.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// Runs a command as the task that a request cancels.
  static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let running = Task(operation: body)
    task.withLock { $0 = running }
    if isRequested { running.cancel() }
    try await running.value
  }

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
    _ = listener
    let numbers = [SIGINT, SIGTERM, SIGHUP].filter { $0 != SIGHUP || !isSignalIgnored($0) }
    for number in numbers {
      signal(number) { number in
        if Interruption.requests.add(1, ordering: .relaxed).newValue > 1, number == SIGINT {
          _exit(Failure.Code.interrupted.rawValue)
        }
        Interruption.requested.signal()
      }
    }
    // A command that waits on the main thread would never hear what our parent has blocked.
    unblockSignals(numbers)
  }

  /// Waits, also in a task that has been cancelled: what fades out is still shown.
  static func pause(for duration: Duration) async {
    await Task { try? await Task.sleep(for: duration) }.value
  }
}
