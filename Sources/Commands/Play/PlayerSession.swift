import Drawing
import FileStorage
import Foundation
import MuseGen

/// The player on a terminal: draws thirty times a second and heeds keys.
final class PlayerSession {
  private let player: LivePlayer
  private let music: PlayedMusic
  private let saves: OutputFile
  private var screen: TerminalGuard
  private let keyboard = Keyboard()
  private var roll = ScrollingPianoRoll(isColoured: Terminal().isColoured)
  private var notice = ""
  /// Where an arrow has gone to since the last picture, in seconds; the next one goes on from there.
  private var sought: Double?
  /// What shall still be read when the screen has gone.
  private(set) var notices: [String] = []

  /// How far an arrow seeks in a file, in seconds, and by how much it changes the temperature.
  private static let (seekStep, temperatureStep): (Double, Float) = (5, 0.05)

  init(player: LivePlayer, music: PlayedMusic, saves: OutputFile, screen: TerminalGuard) {
    self.player = player
    self.music = music
    self.saves = saves
    self.screen = screen
  }

  /// Returns when the music has ended.
  func run() async {
    var frame = 0
    while player.status.phase != .finished {
      if Interruption.isRequested { player.stop(fadingOver: 0.3) }
      sought = nil
      for key in keyboard.take() { await heed(key) }
      draw()
      if frame % 30 == 0 { screen.measure() }
      frame += 1
      await Interruption.pause(for: .milliseconds(33))
    }
  }

  /// Gives the terminal back.
  func leave() { screen.restore() }

  private func heed(_ key: Key) async {
    let status = player.status
    switch key {
    case .character(" "):
      if status.phase == .paused { player.resume() } else { player.pause() }
    case .character("m"): player.setMuted(!status.isMuted)
    case .suspend: await suspend()
    case .character("q"): player.stop(fadingOver: 0.8)
    case .character("s"): await save()
    case .character("r") where music.temperature != nil:
      music.reseed()
      notice = "another seed"
    case .left where music.duration != nil: seek(by: -PlayerSession.seekStep)
    case .right where music.duration != nil: seek(by: PlayerSession.seekStep)
    case .up, .right: changeTemperature(by: PlayerSession.temperatureStep)
    case .down, .left: changeTemperature(by: -PlayerSession.temperatureStep)
    case .character: break
    }
  }

  /// Gives the terminal back to the shell, silent, until the shell continues the job.
  private func suspend() async {
    let isPlaying = player.status.phase != .paused
    player.pause()
    screen.restore()
    stopJob()
    // The signal may reach another thread than this one, a moment later.
    await Interruption.pause(for: .milliseconds(50))
    // Without a terminal there is nothing to draw on, and the music ends as when it is closed.
    guard let taken = TerminalGuard() else { return player.stop(fadingOver: 0.3) }
    screen = taken
    if isPlaying { player.resume() }
  }

  private func seek(by seconds: Double) {
    let target = max(0, (sought ?? player.status.seconds) + seconds)
    sought = target
    player.seek(to: target)
  }

  private func changeTemperature(by step: Float) {
    guard let temperature = music.temperature else { return }
    // Whole steps: 0.8 does not become 0.79999.
    let steps = (temperature / PlayerSession.temperatureStep).rounded() + (step > 0 ? 1 : -1)
    music.temperature = max(0, steps * PlayerSession.temperatureStep)
  }

  private func save() async {
    do {
      let score = await music.score(until: player.status.seconds)
      notice = "saved \(try saves.write(score.midiFile().bytes()))"
    } catch {
      notice = (error as? Failure)?.message ?? "\(error)"
    }
    notices.append(notice)
  }

  private func draw() {
    let (rows, columns) = screen.dimensions
    let status = player.status
    var lines = [PlayerSession.fit(music.title.displayed, columns)]
    lines += roll.lines(music.timeline, now: status.seconds, rows: rows - 4, columns: columns)
    lines.append(PlayerSession.fit(statusLine(status, columns: columns), columns))
    lines.append(PlayerSession.fit(notice.displayed, columns))
    let arrows = music.temperature == nil ? "←→ seek" : "↑↓ temperature  r reseed"
    lines.append(
      PlayerSession.fit("space pause  \(arrows)  s save  m mute  q quit", columns))
    // Home, then each line over the old one: no flicker, for nothing is cleared that stays.
    let text = lines.prefix(rows).map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
    // A terminal that was closed takes nothing; its SIGHUP ends the music.
    Terminal.show("\u{1B}[H" + text + "\u{1B}[J")
  }

  private func statusLine(_ status: PlaybackStatus, columns: Int) -> String {
    let sign = status.phase == .paused ? "‖" : "▶"
    var parts = ["\(sign) \(ClockText.minutesAndSeconds(status.seconds))"]
    if let duration = music.duration { parts[0] += " / \(ClockText.minutesAndSeconds(duration))" }
    parts.append(status.isMuted ? "muted" : Terminal.bar(Double(status.level), width: 16))
    if let tempo = music.tempo(at: status.seconds) { parts.append("♩ = \(Int(tempo.rounded()))") }
    if let temperature = music.temperature {
      parts.append("temperature \(Double(temperature).decimals(2))")
    }
    if status.underruns > 0 { parts.append(PlaybackDisplay.underruns(status)) }
    if status.stalledSeconds > 0.05 {
      parts.append("waited \(status.stalledSeconds.decimals(1)) s")
    }
    return parts.joined(separator: "   ")
  }

  private static func fit(_ text: String, _ columns: Int) -> String {
    text.count <= columns ? text : text.prefix(max(0, columns - 1)) + "…"
  }
}
