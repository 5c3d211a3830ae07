import MuseGen

/// What to call while a collection comes: shows how much is there.
func showingProgress(
  of name: String, on terminal: Terminal
) -> (Download.Progress) -> Void {
  let shown = LastShown(interval: terminal.isInteractive ? .milliseconds(100) : .seconds(10))
  return { progress in
    guard shown.isDue else { return }
    let megabytes = decimals(Double(progress.received) / 1e6, 1)
    if let total = progress.total, total > 0 {
      let share = Double(progress.received) / Double(total)
      terminal.transient(
        "\(Terminal.bar(share, width: 24)) \(megabytes) of \(decimals(Double(total) / 1e6, 1)) MB")
      if !terminal.isInteractive {
        terminal.line("\(name): \(megabytes) MB, \(Int(share * 100)) %")
      }
    } else {
      terminal.transient("\(megabytes) MB")
    }
  }
}

/// When progress was last shown.
private final class LastShown {
  private let interval: Swift.Duration
  private var time = ContinuousClock.now

  init(interval: Swift.Duration) { self.interval = interval }

  /// Whether the interval has passed since it was last so.
  var isDue: Bool {
    guard ContinuousClock.now - time > interval else { return false }
    time = .now
    return true
  }
}

/// A line on a collection that has come.
func summary(of stored: StoredCollection, in store: CollectionStore) -> String {
  "\(stored.name): \(counted(stored.files, "file")) in \(store.path(of: stored.name)); "
    + "musegen train \(stored.name)"
}

/// Runs what fetches a collection, turning its error into one line and an exit code.
func collectionStep<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as CollectionError {
    throw Failure(error)
  }
}
