import MuseGen

/// Plays until the end or Ctrl-C, showing the time on a terminal.
struct PlaybackDisplay {
  let player: LivePlayer
  let title: String

  /// Returns when the music has ended.
  ///
  /// - Returns: whether Ctrl-C ended it.
  func run() async throws(PlaybackError) -> Bool {
    let terminal = Terminal()
    terminal.line(title)
    Interruption.listen()
    player.start()
    let watcher = Task {
      while !Task.isCancelled {
        if Interruption.isRequested { player.stop(fadingOver: 0.3) }
        let status = player.status
        let level = Terminal.bar(Double(status.level), width: 20)
        let underruns = status.underruns > 0 ? "  \(status.underruns) underruns" : ""
        terminal.transient("\(Duration.text(status.seconds))  \(level)\(underruns)")
        try? await Task.sleep(for: .milliseconds(50))
      }
    }
    defer { watcher.cancel() }
    let status = try await player.finished()
    let underruns = status.underruns == 0 ? "" : ", \(status.underruns) underruns"
    terminal.line("played \(Duration.text(status.seconds))\(underruns)")
    return Interruption.isRequested
  }
}
