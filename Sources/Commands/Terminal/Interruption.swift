import Dispatch
import FileStorage
import Foundation
import Synchronization

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP: how a command is asked to end.
///
/// A command leaves at once, and takes its temporary files along, until it says that there is work to
/// keep: only from then on, and until there is none any more, the first signal cancels its task, and the next one
/// leaves at once.
enum Interruption {
  private struct Work {
    var task: Task<Void, any Error>?
    /// Whether a signal waits for what is in hand.
    var isKept = false
    /// What the first signal is answered on a terminal.
    var answer: String?
    /// What is said where a signal ends the command at once.
    var parting: String?
  }

  private static let work = Mutex(Work())
  /// A bit for each signal that has come and was not looked at yet.
  private static let arrived = Atomic<Int32>(0)
  /// The first signal that has come, which no bit tells of several that are looked at together; 0 before.
  private static let earliest = Atomic<Int32>(0)
  /// That signal once work was kept for it; 0 before.
  private static let first = Atomic<Int32>(0)
  /// Raised by the handler: its `sem_post` is one of the few things that a handler may call.
  private static let raised = DispatchSemaphore(value: 0)
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]

  /// A thread of its own: those of tasks may all be at work, or wait, when a signal comes.
  private static let listener: Void = {
    Thread {
      var last: ContinuousClock.Instant?
      while true {
        raised.wait()
        let bits = arrived.exchange(0, ordering: .relaxed)
        for number in numbers where bits & 1 << number != 0 {
          let now = ContinuousClock.now
          if let last, now - last < patience(with: number) { continue }
          last = now
          heed(number)
        }
      }
    }.start()
  }()

  /// Within this time of another signal, one of this kind is not asked for anew: `timeout` sends
  /// SIGTERM twice, to its child and to the child's group; a terminal that is closed sends SIGHUP
  /// twice, once through its shell.
  private static func patience(with number: Int32) -> Duration {
    switch number {
    case SIGHUP: .seconds(1)
    case SIGTERM: .milliseconds(100)
    default: .zero
    }
  }

  private static func heed(_ number: Int32) {
    // Held to the end, so that no work can be kept while we leave.
    let answer: String? = work.withLock { work in
      guard work.isKept, first.load(ordering: .relaxed) == 0 else {
        leave(by: number, saying: work.parting)
      }
      first.store(earliest.load(ordering: .relaxed), ordering: .relaxed)
      work.task?.cancel()
      return work.answer
    }
    guard let answer, StandardStream.error.isTerminal else { return }
    // On a thread of its own: the terminal may be stopped, and a second signal must still be heard.
    Thread { Terminal.warn(answer) }.start()
  }

  private static func leave(by number: Int32, saying parting: String?) -> Never {
    Temporaries.removeAll()
    if let parting {
      // On a thread of its own, for no longer than an eye needs: the terminal may be stopped.
      let said = DispatchSemaphore(value: 0)
      Thread {
        Terminal.warn(parting)
        said.signal()
      }.start()
      _ = said.wait(timeout: .now() + .milliseconds(300))
    }
    _exit(exitCode(of: number))
  }

  /// As a shell tells of a process that a signal has ended.
  private static func exitCode(of number: Int32) -> Int32 { 128 + number }

  /// The exit code of a command that was stopped; that of Ctrl-C where no signal came.
  static var exitCode: Int32 {
    let number = first.load(ordering: .relaxed)
    return exitCode(of: number == 0 ? SIGINT : number)
  }

  /// Whether the command should stop after what it has in hand.
  static var isRequested: Bool { first.load(ordering: .relaxed) != 0 }

  /// Says that from now on a signal should be heeded between two steps, so that work is kept.
  ///
  /// - Parameter answer: what the first signal is answered at once, where somebody sits at a terminal.
  static func keepWork(answering answer: String? = nil) {
    work.withLock {
      $0.isKept = true
      $0.answer = answer
    }
  }

  /// Says that what was to be kept is kept, and that from now on a signal should end the command at once again.
  static func keepNothing() {
    work.withLock {
      $0.isKept = false
      $0.answer = nil
    }
  }

  /// Says what is lost and what can be done where a signal ends the command at once.
  ///
  /// - Parameter line: what is said on standard error; nil for nothing.
  static func part(saying line: String?) { work.withLock { $0.parting = line } }

  /// Runs a command as the task that a request cancels.
  static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let running = Task(operation: body)
    work.withLock { $0.task = running }
    try await running.value
  }

  /// Starts to listen, at the start of every command; and lets work go on when nobody reads what it
  /// prints.
  ///
  /// Under `nohup` a hang-up stays ignored. An ignored SIGINT does not: a script's jobs in the
  /// background have it so, and `kill -INT` is how they are asked to end well.
  static func listen() {
    signal(SIGPIPE, SIG_IGN)
    // A file over its size limit is an error to be told, not a death.
    signal(SIGXFSZ, SIG_IGN)
    // Made before any signal can come: a handler must not be the first to touch a global.
    _ = (arrived.load(ordering: .relaxed), earliest.load(ordering: .relaxed))
    _ = listener
    let heeded = numbers.filter { $0 != SIGHUP || !isSignalIgnored($0) }
    handleSignals(heeded) { number in
      _ = Interruption.earliest.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      Interruption.arrived.bitwiseOr(1 << number, ordering: .relaxed)
      Interruption.raised.signal()
    }
    // A command that waits on the main thread would never hear what our parent has blocked.
    unblockSignals(heeded)
  }

  /// Waits, also in a task that has been cancelled: what fades out is still shown.
  static func pause(for duration: Duration) async {
    await Task { try? await Task.sleep(for: duration) }.value
  }
}
