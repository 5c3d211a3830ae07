import Drawing
import MuseGen
import Synchronization

/// How far the reading of files is, how fast it goes and how long it will take, in a line now and then.
final class ReadingPace: Sendable {
  private struct State {
    var first: (done: Int, time: ContinuousClock.Instant)?
    var last: ContinuousClock.Instant?
    var done = 0
  }

  private let state = Mutex(State())

  /// Rates of less time than this are not worth telling.
  private static let settled = Duration.seconds(2)
  /// Who waited longer than this wants to know what for.
  private static let long = Duration.seconds(5)

  /// What is said at the end; nil where it took no time worth telling.
  var summary: String? {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard let first = state.first, now - first.time > Self.long else { return nil }
      let seconds = (now - first.time) / .seconds(1)
      let count = state.done - first.done
      return "read \(count.counted("file")) in \(seconds.decimals(1)) s, "
        + "\(Int(Double(count) / seconds).grouped) a second"
    }
  }

  /// The line; nil where the last one is still good.
  func line(_ progress: Corpus.Progress) -> String? {
    let now = ContinuousClock.now
    return state.withLock { state in
      // What was kept from the last time is done at once and tells nothing of the pace.
      let first = state.first ?? (progress.done - 1, now)
      state.first = first
      state.done = max(state.done, progress.done)
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
