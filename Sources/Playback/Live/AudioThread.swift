import Glibc

/// A thread for an audio loop, ahead of other work where the system allows it.
enum AudioThread {
  /// Runs a loop on a new thread, which ends with it, and says whether there is such a thread.
  static func run(_ loop: AudioLoop) -> Bool {
    // The thread owns the loop: it takes the one reference that is passed here.
    let reference = unsafe Unmanaged.passRetained(loop).toOpaque()
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let loop = unsafe Unmanaged<AudioLoop>.fromOpaque(argument).takeRetainedValue()
        // Without a clock to wait for, a real-time thread would starve all others.
        if loop.isPaced { AudioThread.becomeRealTime() }
        loop.run()
        return nil
      }, reference)
    guard code == 0 else {
      unsafe Unmanaged<AudioLoop>.fromOpaque(reference).release()
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
