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

  /// Asks for round-robin real-time scheduling at a modest priority; a refusal is no fault.
  private static func becomeRealTime() {
    var parameters = sched_param()
    parameters.sched_priority = 10
    _ = unsafe pthread_setschedparam(pthread_self(), SCHED_RR, &parameters)
  }
}
