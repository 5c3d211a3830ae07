/// Cancels the task that this code runs in, as Ctrl-C does to a command in the middle of its work.
public func cancelThisTask() {
  unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
}
