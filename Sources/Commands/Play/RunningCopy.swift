import MuseGen

/// Writes what was heard to a file again and again, so that a process that is killed loses half a second
/// of it.
struct RunningCopy: Sendable {
  let player: LivePlayer
  let music: PlayedMusic
  /// Writes the file.
  let write: @Sendable (Score) throws -> Void

  private static let interval = Duration.milliseconds(500)

  /// Writes until the task is cancelled.
  ///
  /// What cannot be written is told by whoever writes the whole in the end.
  func run() async {
    let clock = ContinuousClock()
    var heard = 0.0
    var pause = RunningCopy.interval
    while true {
      do {
        try await Task.sleep(for: pause)
      } catch {
        return
      }
      let seconds = player.status.seconds
      guard seconds > heard else { continue }
      heard = seconds
      let start = clock.now
      try? write(await music.score(until: seconds, player.changes))
      // Hours of music take longer to write; a twentieth of the time is all that they get.
      pause = max(RunningCopy.interval, start.duration(to: clock.now) * 20)
    }
  }
}
