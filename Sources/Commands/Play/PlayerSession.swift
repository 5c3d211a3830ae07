import Drawing
import FileStorage
import Foundation
import MuseGen

/// The player on a terminal: draws thirty times a second and heeds keys.
final class PlayerSession {
  private let player: LivePlayer
  private let music: PlayedMusic
  private let saves: OutputFile
  private let screen: PlayerScreen
  private let keeper: FavouriteKeeper
  /// Which of how many files is played; nil for music that is being written.
  private let place: FilePlace?
  private var roll = ScrollingPianoRoll(isColoured: Terminal().isColoured)
  private var notice = ""
  private let keys: PlayerKeys
  private var isHelpShown = false
  /// Where an arrow has gone to since the last picture, in seconds; the next one goes on from there.
  private var sought: Double?
  /// Where the listener goes from this piece; nil where it comes to its end.
  private(set) var step: PlayerStep?
  /// Whether the listener wants no more.
  private(set) var isQuit = false
  /// What shall still be read when the screen has gone.
  private(set) var notices: [String] = []

  /// By how much a key changes the temperature, the tempo and the volume.
  private static let (temperatureStep, tempoStep, volumeStep): (Float, Double, Double) =
    (0.05, 0.05, 0.1)
  /// How many times as dense a key makes music.
  private static let densityStep = 1.25
  /// Over how many seconds the density is measured that a key starts from.
  private static let densitySeconds = 6.0

  init(
    player: LivePlayer, music: PlayedMusic, saves: OutputFile, screen: PlayerScreen,
    keeper: FavouriteKeeper, place: FilePlace?
  ) {
    self.player = player
    self.music = music
    self.saves = saves
    self.screen = screen
    self.keeper = keeper
    self.place = place
    keys = PlayerKeys(isNewMusic: place == nil, isList: (place?.count ?? 0) > 1)
  }

  /// Returns when the music has ended.
  func run() async {
    var frame = 0
    while player.status.phase != .finished {
      if Interruption.isRequested { player.stop(fadingOver: 0.3) }
      sought = nil
      for key in screen.takeKeys() { await heed(key) }
      for news in keeper.takeNews() { tell(news) }
      draw()
      if frame % 30 == 0 { screen.measure() }
      frame += 1
      await Interruption.pause(for: .milliseconds(33))
    }
  }

  private func heed(_ key: Key) async {
    let status = player.status
    switch keys.command(for: key) {
    case .pause: if status.phase == .paused { player.resume() } else { player.pause() }
    case .mute: player.setMuted(!status.isMuted)
    case .suspend: await suspend()
    case .quit:
      isQuit = true
      player.stop(fadingOver: 0.8)
    case .save: await save()
    case .help: isHelpShown.toggle()
    case .step(let step): go(step)
    case .keep(let rating): await keep(rating: rating)
    case .seek(let seconds): seek(by: seconds)
    case .temperature(let steps): changeTemperature(by: steps)
    case .transpose(let semitones): player.rendition.semitones += semitones
    case .tempo(let steps):
      player.rendition.speed = Self.stepped(
        player.rendition.speed, by: steps, of: Self.tempoStep)
    case .volume(let steps):
      player.rendition.volume = Self.stepped(
        player.rendition.volume, by: steps, of: Self.volumeStep)
    case .density(let steps): changeDensity(by: steps)
    case .original:
      player.rendition = Rendition()
      music.density = nil
      if let asked = music.askedTemperature { music.temperature = asked }
    case nil: break
    }
  }

  /// A value some steps on; whole steps, so that 0.8 does not become 0.79999.
  private static func stepped(_ value: Double, by steps: Int, of step: Double) -> Double {
    let perUnit = (1 / step).rounded()
    return ((value * perUnit).rounded() + Double(steps)) / perUnit
  }

  /// Goes to another piece.
  private func go(_ step: PlayerStep) {
    guard let place else {
      music.step(step, at: player.status.seconds)
      notice =
        switch step {
        case .next: "the next piece"
        case .back: "the piece before"
        case .discard: "discarded"
        case .reseed: "another seed"
        }
      return
    }
    switch step {
    case .back where place.isFirst: player.seek(to: 0)
    case .next where place.isLast: notice = "this is the last piece"
    default:
      self.step = step
      player.stop(fadingOver: 0.1)
    }
  }

  /// Keeps what is heard as a favourite, or rates it.
  private func keep(rating: Int?) async {
    guard let piece = await music.keptPiece(at: player.status.seconds) else { return }
    keeper.keep(piece, player.rendition, rating: rating)
    notice = "keeping"
  }

  /// Tells what has been done, also when the screen has gone.
  private func tell(_ news: String) {
    notice = news
    notices.append(news)
  }

  /// Gives the terminal back to the shell, silent, until the shell continues the job.
  private func suspend() async {
    let isPlaying = player.status.phase != .paused
    player.pause()
    await waitUntilHeld()
    // Without a terminal there is nothing to draw on, and the music ends as when it is closed.
    guard await screen.suspend() else {
      isQuit = true
      return player.stop(fadingOver: 0.3)
    }
    if isPlaying { player.resume() }
  }

  /// Waits until silence is played, half a second at most: music may itself wait for its writer.
  ///
  /// What was stopped before would hang on behind a port, and a device that notices no gap, such as a pipe, would
  /// be given it all at once afterwards to catch up.
  private func waitUntilHeld() async {
    let end = ContinuousClock.now + .milliseconds(500)
    while player.status.phase == .playing, ContinuousClock.now < end {
      await Interruption.pause(for: .milliseconds(5))
    }
  }

  private func seek(by seconds: Double) {
    let target = max(0, (sought ?? player.status.seconds) + seconds)
    sought = target
    player.seek(to: target)
  }

  private func changeTemperature(by steps: Int) {
    guard let temperature = music.temperature else { return }
    let step = Self.temperatureStep
    music.temperature = max(0, ((temperature / step).rounded() + Float(steps)) * step)
  }

  /// Makes music that is being written denser or sparser than it is.
  private func changeDensity(by steps: Int) {
    guard place == nil else {
      notice = "density is for music that a model writes: musegen play without a file"
      return
    }
    let now = player.status.seconds
    let window = max(1, min(now, Self.densitySeconds))
    let heard = Double(music.timeline.strikes(in: now - window..<now)) / window
    let density =
      (music.density ?? max(heard, 0.5)) * (steps > 0 ? Self.densityStep : 1 / Self.densityStep)
    music.density = min(max((density * 10).rounded() / 10, 0.2), 60)
  }

  private func save() async {
    do {
      let score = await music.score(until: player.status.seconds, player.changes)
      tell("saved \(try saves.write(score.midiFile().bytes()))")
    } catch {
      tell((error as? Failure)?.message ?? "\(error)")
    }
  }

  private func draw() {
    let (rows, columns) = screen.dimensions
    let status = player.status
    let title = (place?.text ?? "") + music.title
    var lines = [PlayerSession.fit(title.displayed, columns)]
    let picture = roll.lines(
      music.timeline, now: status.seconds, rows: rows - 4, columns: columns)
    lines += isHelpShown ? helpPage(rows: picture.count, columns: columns) : picture
    lines.append(PlayerSession.fit(statusLine(status), columns))
    lines.append(PlayerSession.fit(notice.displayed, columns))
    lines.append(PlayerSession.fit(keys.line, columns))
    screen.draw(lines)
  }

  /// The page of keys in the place of the picture, as many as there is room for.
  private func helpPage(rows: Int, columns: Int) -> [String] {
    let page = keys.page.prefix(rows).map { PlayerSession.fit($0, columns) }
    return page + Array(repeating: "", count: rows - page.count)
  }

  private func statusLine(_ status: PlaybackStatus) -> String {
    let sign = status.phase == .paused ? "‖" : "▶"
    var parts = ["\(sign) \(ClockText.minutesAndSeconds(status.seconds))"]
    if let duration = music.duration { parts[0] += " / \(ClockText.minutesAndSeconds(duration))" }
    parts.append(status.isMuted ? "muted" : Terminal.bar(Double(status.level), width: 16))
    let rendition = player.rendition
    let speed = rendition.speed == 1 ? nil : Self.percent(rendition.speed)
    if let tempo = music.tempo(at: status.seconds) {
      parts.append(
        "♩ = \(Int((tempo * rendition.speed).rounded()))" + (speed.map { " (\($0))" } ?? ""))
    } else if let speed {
      parts.append("speed \(speed)")
    }
    if rendition.semitones != 0 {
      parts.append(
        "\(rendition.semitones > 0 ? "+" : "−")" + abs(rendition.semitones).counted("semitone"))
    }
    if rendition.volume != 1 { parts.append("volume \(Self.percent(rendition.volume))") }
    if let temperature = music.temperature {
      parts.append("temperature \(Double(temperature).decimals(2))")
    }
    if let density = music.density { parts.append("density \(density.decimals(1))") }
    if status.underruns > 0 { parts.append(PlaybackDisplay.underruns(status)) }
    if status.stalledSeconds > 0.05 {
      parts.append("waited \(status.stalledSeconds.decimals(1)) s")
    }
    return parts.joined(separator: "   ")
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

  private static func fit(_ text: String, _ columns: Int) -> String {
    text.count <= columns ? text : text.prefix(max(0, columns - 1)) + "…"
  }
}
