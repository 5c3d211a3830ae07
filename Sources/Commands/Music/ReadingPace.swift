import Drawing
import MuseGen
import Synchronization

/// How far the reading of files is, how fast it goes and how long it will take, in a line now and then.
final class ReadingPace: Sendable {
  private struct State {
    var first: (done: Int, time: ContinuousClock.Instant)?
    var last: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  /// Rates of less time than this are not worth telling.
  private static let settled = Duration.seconds(2)

  /// The line; nil where the last one is still good.
  func line(_ progress: Corpus.Progress) -> String? {
    let now = ContinuousClock.now
    return state.withLock { state in
      // What was kept from the last time is done at once and tells nothing of the pace.
      let first = state.first ?? (progress.done - 1, now)
      state.first = first
      if let last = state.last, now - last < .milliseconds(100), progress.done < progress.total {
        return nil
      }
      state.last = now
      let text = "reading \(progress.done.grouped) of \(progress.total.counted("file"))"
      guard now - first.time > Self.settled else { return text }
      let rate = Double(progress.done - first.done) / ((now - first.time) / .seconds(1))
      return text + ", \(Int(rate).grouped) a second, "
        + "\(ClockText.duration(Double(progress.total - progress.done) / rate)) left"
    }
  }
}
