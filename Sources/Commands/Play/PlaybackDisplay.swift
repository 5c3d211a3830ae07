import Drawing
import FileStorage
import Foundation
import MuseGen

/// Plays music, one piece or several, until the end, `q` or Ctrl-C: with a picture and keys on a terminal,
/// plainly elsewhere.
final class PlaybackDisplay {
  private let keeper: FavouriteKeeper
  private let terminal = Terminal()
  /// Prints where there is no screen: a reader that is slow keeps no key and no signal waiting.
  private let printer = BackgroundOutput()
  private var screen: PlayerScreen?
  private var hasStarted = false
  /// What is printed when the screen has gone.
  private var lines: [String] = []

  /// Creates a display.
  ///
  /// - Parameter keeper: keeps what the listener likes.
  init(keeper: FavouriteKeeper) { self.keeper = keeper }

  /// How the music ended.
  struct Outcome {
    /// Whether Ctrl-C ended it.
    var isInterrupted: Bool
    /// Whether the listener wants no more.
    var isQuit = false
    /// Where the listener goes from there; nil where the music came to its end.
    var step: PlayerStep?
    var status: PlaybackStatus
    var error: PlaybackError?
  }

  /// Plays a piece, and returns when it has ended.
  ///
  /// - Parameters:
  ///   - player: plays it.
  ///   - music: what is played.
  ///   - saves: where `s` saves.
  ///   - place: which of how many files it is; nil for music that is being written.
  /// - Returns: how it ended.
  func run(
    _ player: LivePlayer, _ music: PlayedMusic, saves: OutputFile, place: FilePlace? = nil
  ) async -> Outcome {
    Interruption.keepWork()
    let isFirst = !hasStarted
    hasStarted = true
    // Who has left for the shell and found no terminal again gets none for the next piece either.
    if isFirst { screen = PlayerScreen() }
    var (step, isQuit) = (PlayerStep?.none, false)
    if let screen {
      player.start()
      let session = PlayerSession(
        player: player, music: music, saves: saves, screen: screen, keeper: keeper, place: place)
      await session.run()
      (step, isQuit) = (session.step, session.isQuit)
      lines += session.notices
    } else {
      say(place.map { $0.text + music.title } ?? music.title)
      player.start()
      while player.status.phase != .finished {
        if Interruption.isRequested { player.stop(fadingOver: 0.3) }
        let status = PlaybackDisplay.plainStatus(player.status)
        printer.show { [terminal] in terminal.transient(status) }
        await Interruption.pause(for: .milliseconds(50))
      }
    }
    do throws(PlaybackError) {
      let status = try await player.finished()
      let name = place.map { $0.count > 1 || !isFirst ? "\($0.name): " : "" } ?? ""
      tell(name + PlaybackDisplay.summary(of: status, isFirst: isFirst))
      return Outcome(
        isInterrupted: Interruption.isRequested, isQuit: isQuit, step: step, status: status)
    } catch {
      return Outcome(
        isInterrupted: Interruption.isRequested, isQuit: true, status: player.status, error: error)
    }
  }

  /// Shows a word in the place of everything, where there is a screen.
  func show(_ word: String) { screen?.show(word) }

  /// Waits until what was to be kept is kept, gives the terminal back, and tells what is to stay.
  func leave() async {
    if keeper.isBusy { screen?.show("keeping") }
    lines += await keeper.finish()
    screen?.leave()
    screen = nil
    for line in lines { say(line) }
    lines = []
    printer.finish()
  }

  private func tell(_ line: String) {
    if screen == nil { say(line) } else { lines.append(line) }
  }

  private func say(_ line: String) {
    printer.print { [terminal] in terminal.line(line) }
  }

  private static func summary(of status: PlaybackStatus, isFirst: Bool) -> String {
    var line = "played \(ClockText.duration(status.seconds))"
    if isFirst, let wait = secondsToFirstSound(status) {
      line += ", first sound after \(wait.decimals(2)) s"
    }
    if status.underruns > 0 { line += ", \(underruns(status))" }
    if status.stalledSeconds > 0.05 {
      line += ", waited \(status.stalledSeconds.decimals(1)) s for music"
    }
    return line
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

/// The terminal while something is played: its screen and its keys, for one piece or several.
final class PlayerScreen {
  private var terminal: TerminalGuard?
  private let keyboard = Keyboard()
  private let output = BackgroundOutput()

  /// Takes the terminal; nil where there is none.
  init?() {
    guard let terminal = TerminalGuard() else { return nil }
    self.terminal = terminal
  }

  /// Its rows and columns.
  var dimensions: (rows: Int, columns: Int) { terminal?.dimensions ?? (0, 0) }

  /// Asks for the dimensions anew.
  func measure() { terminal?.measure() }

  /// The keys since the last call.
  func takeKeys() -> [Key] { keyboard.take() }

  /// Draws lines over those that are there, as many as there is room for, as soon as the terminal takes them.
  func draw(_ lines: [String]) {
    guard terminal != nil else { return }
    // Home, then each line over the old one: no flicker, for nothing is cleared that stays.
    let text = lines.prefix(dimensions.rows).map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
    // A terminal that was closed takes nothing; its SIGHUP ends the music.
    output.show { Terminal.show("\u{1B}[H" + text + "\u{1B}[J") }
  }

  /// Shows a word in the place of everything.
  func show(_ word: String) { draw([word]) }

  /// Gives the terminal back to the shell, until the shell continues the job.
  ///
  /// - Returns: whether the terminal could be taken again.
  func suspend() async -> Bool {
    leave()
    stopJob()
    // The signal may reach another thread than this one, a moment later.
    await Interruption.pause(for: .milliseconds(50))
    terminal = TerminalGuard()
    return terminal != nil
  }

  /// Gives the terminal back.
  func leave() {
    // Half a picture must not come behind it.
    output.finish()
    terminal?.restore()
    terminal = nil
  }
}
