import Glibc

/// What a player's thread does.
protocol PlayerLoop: AnyObject, Sendable {
  /// Whether a clock makes it wait, as all sound devices do but files and `null`.
  var isPaced: Bool { get }
  /// Plays until the music has ended.
  func run()
}

/// A thread for a player's loop, ahead of other work where the system allows it.
enum PlayerThread {
  /// Carries a loop through the C function that starts a thread.
  private final class Box {
    let loop: any PlayerLoop
    init(_ loop: any PlayerLoop) { self.loop = loop }
  }

  /// Runs a loop on a new thread, which ends with it, and says whether there is such a thread.
  static func run(_ loop: any PlayerLoop) -> Bool {
    // The thread owns the box: it takes the one reference that is passed here.
    let reference = unsafe Unmanaged.passRetained(Box(loop)).toOpaque()
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let loop = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().loop
        // Without a clock to wait for, a real-time thread would starve all others.
        if loop.isPaced { PlayerThread.becomeRealTime() }
        loop.run()
        return nil
      }, reference)
    guard code == 0 else {
      unsafe Unmanaged<Box>.fromOpaque(reference).release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  /// Lets a loop wait that no clock makes wait.
  static func sleep(seconds: Double) { usleep(UInt32(max(0, min(seconds, 1)) * 1e6)) }

  /// Asks for round-robin real-time scheduling at a modest priority; a refusal is no fault.
  private static func becomeRealTime() {
    var parameters = sched_param()
    parameters.sched_priority = 10
    _ = unsafe pthread_setschedparam(pthread_self(), SCHED_RR, &parameters)
  }
}

/// Lets a thread that passes on what somebody plays go ahead of other work, where the system allows it.
///
/// What it starts does not go ahead with it. It must wait most of the time, as whoever waits for a player does.
public struct PrecedingThread: ~Copyable {
  private let policy: Int32

  /// Lets the thread that calls go ahead, until the value is left behind on it.
  public init() {
    policy = sched_getscheduler(0)
    var parameters = sched_param()
    // Behind those that make sound.
    parameters.sched_priority = 9
    _ = unsafe sched_setscheduler(0, SCHED_RR | Self.resetOnFork, &parameters)
  }

  deinit {
    var parameters = sched_param()
    parameters.sched_priority = 0
    // A thread that went ahead before goes on doing so.
    if policy == SCHED_OTHER { _ = unsafe sched_setscheduler(0, SCHED_OTHER, &parameters) }
  }

  /// SCHED_RESET_ON_FORK of <sched.h>: threads and processes that this one makes are as others.
  private static let resetOnFork: Int32 = 0x4000_0000
}

/// A value that threads share: one has it at a time, and others can wait until it changes.
///
/// `Synchronization.Mutex` has no condition to wait for, hence pthread's.
///
/// Reference: Hoare, "Monitors: An Operating System Structuring Concept" (1974);
/// pthread_cond_wait(3), POSIX.1-2017.
@safe
final class Monitor<State>: @unchecked Sendable {
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: sending State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    unsafe pthread_mutexattr_init(&attributes)
    // Who has the value while the real-time thread waits for it is not kept from running by others.
    unsafe pthread_mutexattr_setprotocol(&attributes, CInt(PTHREAD_PRIO_INHERIT))
    unsafe pthread_mutex_init(mutex, &attributes)
    unsafe pthread_mutexattr_destroy(&attributes)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Reads or changes the value; `body` must be short and must not wait.
  func withLock<Result>(_ body: (inout State) -> sending Result) -> sending Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  /// Changes the value and wakes all who wait for a change.
  func update<Result>(_ body: (inout State) -> sending Result) -> sending Result {
    unsafe pthread_mutex_lock(mutex)
    defer {
      unsafe pthread_cond_broadcast(condition)
      unsafe pthread_mutex_unlock(mutex)
    }
    return body(&state)
  }

  /// Waits until `body` gives a result, trying now and after each ``update(_:)``, and wakes others.
  func wait<Result>(_ body: (inout State) -> Result?) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer {
      unsafe pthread_cond_broadcast(condition)
      unsafe pthread_mutex_unlock(mutex)
    }
    while true {
      if let result = body(&state) { return result }
      unsafe pthread_cond_wait(condition, mutex)
    }
  }
}
