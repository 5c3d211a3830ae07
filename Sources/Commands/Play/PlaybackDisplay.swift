import Drawing
import Foundation
import MuseGen

/// Plays until the end, `q` or Ctrl-C: with a picture and keys on a terminal, plainly elsewhere.
struct PlaybackDisplay {
  let player: LivePlayer
  let music: PlayedMusic
  /// Where `s` saves.
  let saves: OutputFile

  /// How the music ended.
  struct Outcome {
    /// Whether Ctrl-C ended it.
    var isInterrupted: Bool
    var status: PlaybackStatus
    var error: PlaybackError?
  }

  /// Returns when the music has ended.
  ///
  /// - Returns: how it ended.
  func run() async -> Outcome {
    Interruption.keepWork()
    let terminal = Terminal()
    if let screen = TerminalGuard() {
      player.start()
      let session = PlayerSession(player: player, music: music, saves: saves, screen: screen)
      await session.run()
      session.leave()
      for line in session.notices { terminal.line(line) }
    } else {
      terminal.line(music.title)
      player.start()
      while player.status.phase != .finished {
        if Interruption.isRequested { player.stop(fadingOver: 0.3) }
        terminal.transient(PlaybackDisplay.plainStatus(player.status))
        await Interruption.pause(for: .milliseconds(50))
      }
    }
    do throws(PlaybackError) {
      let status = try await player.finished()
      var line = "played \(ClockText.duration(status.seconds))"
      if let wait = PlaybackDisplay.secondsToFirstSound(status) {
        line += ", first sound after \(wait.decimals(2)) s"
      }
      if status.underruns > 0 { line += ", \(PlaybackDisplay.underruns(status))" }
      if status.stalledSeconds > 0.05 {
        line += ", waited \(status.stalledSeconds.decimals(1)) s for music"
      }
      terminal.line(line)
      return Outcome(isInterrupted: Interruption.isRequested, status: status)
    } catch {
      return Outcome(
        isInterrupted: Interruption.isRequested, status: player.status, error: error)
    }
  }

  /// From the start of the command, with all that it loads, to the first sound.
  private static func secondsToFirstSound(_ status: PlaybackStatus) -> Double? {
    guard let instant = status.firstSound, let age = ProcessStatistics.age else { return nil }
    return max(0, age - (ContinuousClock.now - instant) / .seconds(1))
  }

  private static func plainStatus(_ status: PlaybackStatus) -> String {
    let level = Terminal.bar(Double(status.level), width: 20)
    let underruns = status.underruns > 0 ? "  \(underruns(status))" : ""
    return "\(ClockText.duration(status.seconds))  \(level)\(underruns)"
  }

  /// How often the device ran dry, in words.
  static func underruns(_ status: PlaybackStatus) -> String {
    status.underruns == 1 ? "1 underrun" : "\(status.underruns) underruns"
  }
}
