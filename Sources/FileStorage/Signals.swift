import Glibc

/// Lets signals reach this thread and those it starts, whatever the process that started us held back.
///
/// A process inherits the mask of the thread that starts it: beneath a program that blocks SIGINT,
/// Ctrl-C would never arrive.
///
/// Reference: POSIX.1-2017, "pthread_sigmask".
///
/// - Parameter numbers: signals such as `SIGINT`; numbers that are none are ignored.
public func unblockSignals(_ numbers: [Int32]) {
  var signals = sigset_t()
  // The set is on this stack, and both functions only read or write it during the call.
  unsafe sigemptyset(&signals)
  for number in numbers { unsafe sigaddset(&signals, number) }
  unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}

/// Handles signals, one after the other: none breaks into the handling of another.
///
/// Of several that wait, the handler of the one that the system looks at last would else be run first, on top of
/// the others'. Calls that wait are taken up again, as with `signal`.
///
/// Reference: POSIX.1-2017, "sigaction".
///
/// - Parameters:
///   - numbers: signals such as `SIGINT`; numbers that are none are ignored.
///   - handler: called with the signal's number; it may do no more than a signal handler may.
public func handleSignals(
  _ numbers: [Int32], with handler: @escaping @convention(c) (Int32) -> Void
) {
  var action = sigaction()
  unsafe action.__sigaction_handler.sa_handler = handler
  action.sa_flags = SA_RESTART
  // The set and the action are on this stack; the calls only read or write them while they last.
  unsafe sigemptyset(&action.sa_mask)
  for number in numbers { unsafe sigaddset(&action.sa_mask, number) }
  for number in numbers { _ = unsafe sigaction(number, &action, nil) }
}

/// Finds out whether a signal is ignored, as `nohup` lets SIGHUP be.
///
/// - Parameter number: a signal such as `SIGHUP`.
/// - Returns: whether it is; false for a number that is no signal.
public func isSignalIgnored(_ number: Int32) -> Bool {
  var action = sigaction()
  guard unsafe sigaction(number, nil, &action) == 0 else { return false }
  // SIG_IGN is the number 1 in the place of a function's address.
  return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
}

/// Stops this process and those of its job, as Ctrl-Z does, until the shell continues it; does nothing
/// where no shell could (POSIX.1-2017, "orphaned process group").
public func stopJob() { _ = kill(0, SIGTSTP) }
