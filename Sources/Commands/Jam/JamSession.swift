import Drawing
import FileStorage
import Improvisation
import MuseGen

/// A jam while it goes on: what comes in, goes out, is shown and is kept.
final class JamSession {
  private let jam: Jam
  private let settings: JamSettings
  private let input: any MIDIInput
  private let output: any MIDIOutput
  private let journal: JamJournal
  private let controls: ControlPort?
  private let saves: OutputFile
  private let seed: UInt64
  /// What helps where the sound was late.
  private let remedy: String
  private let screen = PlayerScreen()
  /// Prints where there is no screen: nobody who plays waits for whoever reads.
  private let printer = BackgroundOutput()
  private let start = ContinuousClock.now
  /// What the output's clock shows when the jam's shows 0.
  private var outputOffset = 0.0
  private var isQuit = false
  private var isHelpShown = false
  private var notice = ""
  private var isLost = false
  private var isUnheard = false
  /// The program that each channel was last sent.
  private var programs: [UInt8: UInt8] = [:]
  private var told: Jam.Status?
  /// What shall still be read when the screen has gone.
  private(set) var notices: [String] = []

  /// How long it waits for what comes in, in seconds: so late is what is due at the most.
  private static let patience = 0.002

  init(
    _ jam: Jam, settings: JamSettings, input: any MIDIInput, output: any MIDIOutput,
    journal: JamJournal, controls: ControlPort?, program: UInt8?, seed: UInt64, saves: OutputFile,
    remedy: String
  ) {
    self.jam = jam
    self.settings = settings
    self.input = input
    self.output = output
    self.journal = journal
    self.controls = controls
    self.seed = seed
    self.saves = saves
    self.remedy = remedy
    self.program = program.map { JamProgram($0) }
  }

  /// What plays all but the drums; nil where nothing was asked for.
  private var program: JamProgram?

  /// Plays until somebody has enough; the screen stays until ``leave()``.
  ///
  /// - Returns: what has ended it; nil where that was somebody's wish.
  func run() -> PlaybackError? {
    tell("seed \(seed)")
    if input.name == nil {
      tell("connect a keyboard to the MIDI port \(input.portName), or name one with --in")
    }
    var problem: PlaybackError?
    do throws(PlaybackError) {
      outputOffset = try output.seconds()
      try send(program?.opening ?? [], [])
      try play()
    } catch {
      problem = error
    }
    do throws(PlaybackError) {
      let end = jam.end()
      try send(end.messages, end.timing)
      try output.silence()
    } catch {
      problem = problem ?? error
    }
    keep()
    let underruns = output.underruns
    if underruns > 0 {
      notices.append("the sound was late \(underruns.counted("time")); try \(remedy)")
    }
    return problem
  }

  /// Gives the terminal back, once it takes what is shown.
  func leave() {
    printer.finish()
    screen?.leave()
  }

  private func play() throws(PlaybackError) {
    // The model thinks elsewhere: here little is done between two waits.
    let precedence = PrecedingThread()
    defer { withExtendedLifetime(precedence) {} }
    var shown = -1.0
    var checked = 0.0
    while !isQuit, !Interruption.isRequested {
      // A port that is gone says nothing, and is looked for again below.
      for received in try input.receive(waiting: Self.patience) {
        jam.receive(received.message, at: seconds(received.instant))
      }
      for key in screen?.takeKeys() ?? [] { heed(key) }
      for message in controls?.receive() ?? [] { heed(message) }
      let now = seconds(input.now)
      try advance(to: now)
      if input.isFreewheeling {
        jam.letThink()
        try advance(to: now)
      }
      keep()
      if now - shown > 0.05 {
        shown = now
        draw()
        report()
      }
      if now - checked > 1 {
        checked = now
        screen?.measure()
        reconnect()
        try reachAgain()
        // The output's clock may go a little faster or slower than ours.
        outputOffset = try output.seconds() - seconds(input.now)
      }
    }
  }

  private func advance(to now: Double) throws(PlaybackError) {
    let due = jam.advance(to: now)
    try send(due.messages, due.timing)
  }

  private func reconnect() {
    if input.isConnected {
      isLost = false
      return
    }
    if !isLost {
      isLost = true
      jam.releaseAllKeys(at: seconds(input.now))
      tell("\(input.name ?? "the keyboard") is gone; listening for it")
    }
    if input.reconnect() { tell("\(input.name ?? "the keyboard") is back") }
  }

  private func reachAgain() throws(PlaybackError) {
    if output.isReached {
      isUnheard = false
      return
    }
    let name = output.destination ?? "the port"
    if !isUnheard {
      isUnheard = true
      tell("\(name) is gone, and nothing is heard; waiting for it")
    }
    guard output.reachAgain() else { return }
    tell("\(name) is back")
    // A synthesizer that was started anew plays all with the piano.
    let now = seconds(input.now)
    let choices = programs.sorted { $0.key < $1.key }.map { channel, program in
      TimedMessage(seconds: now, message: .programChange(channel: channel, program: program))
    }
    try send(choices, [])
  }

  private func seconds(_ instant: ContinuousClock.Instant) -> Double {
    (instant - start) / .seconds(1)
  }

  private func send(
    _ messages: [TimedMessage], _ timing: [TimedTimingMessage]
  ) throws(PlaybackError) {
    if !messages.isEmpty {
      let messages = messages.map { program?.sent($0) ?? $0 }
      for case .programChange(let channel, let program)? in messages.map(\.message) {
        programs[channel] = program
      }
      try output.schedule(
        messages.map {
          TimedMessage(seconds: $0.seconds + outputOffset, content: $0.content)
        })
    }
    if !timing.isEmpty {
      try output.schedule(
        timing.map {
          TimedTimingMessage(seconds: $0.seconds + outputOffset, message: $0.message)
        })
    }
  }

  /// Has what was played and answered written down, and tells what came of that before.
  private func keep() {
    let recording = jam.takeRecording()
    journal.append(
      program?.written(recording) ?? recording, tempo: jam.status.quartersPerMinute, at: jam.place)
    for news in journal.takeNews() { tell(news) }
  }

  private func tell(_ news: String) {
    notice = news
    if screen == nil {
      printer.print { Terminal().line(news) }
    } else {
      notices.append(news)
    }
  }
}

// Keys and controls.
extension JamSession {
  private func heed(_ key: Key) {
    let now = seconds(input.now)
    switch key {
    case .up: step(.temperature, by: 0.05)
    case .down: step(.temperature, by: -0.05)
    case .right: step(.repeats, by: 0.1)
    case .left: step(.repeats, by: -0.1)
    case .suspend: break
    case .character(let character):
      switch character {
      case " ": jam.answer(at: now)
      case "t": jam.tap(at: now)
      case ".": jam.setTempo(quartersPerMinute: jam.status.quartersPerMinute.rounded() + 1)
      case ",": jam.setTempo(quartersPerMinute: jam.status.quartersPerMinute.rounded() - 1)
      case "m": jam.clicksBeats.toggle()
      case "d": scaleDensity(by: 1.25)
      case "c": scaleDensity(by: 0.8)
      case "1": learn(.temperature)
      case "2": learn(.density)
      case "3": learn(.repeats)
      case "s": journal.saveCopy(as: saves)
      case "?", "h": isHelpShown.toggle()
      case "q": isQuit = true
      default: break
      }
    }
  }

  private func step(_ knob: Knob, by step: Double) {
    let value = (jam.value(of: knob) ?? 1) + step
    jam.set(knob, to: (value * 100).rounded() / 100)
  }

  private func scaleDensity(by factor: Double) {
    jam.set(.density, to: (jam.value(of: .density) ?? 3) * factor)
  }

  private func learn(_ knob: Knob) {
    jam.learn(knob)
    notice = "turn the knob for \(knob.rawValue)"
  }

  /// Does what is asked for by Open Sound Control.
  private func heed(_ message: ControlMessage) {
    let now = seconds(input.now)
    guard message.address.hasPrefix("/musegen/") else { return }
    // A button that is let go sends 0.
    let isLetGo = message.number == 0
    switch message.address.dropFirst("/musegen/".count) {
    case "answer": if !isLetGo { jam.answer(at: now) }
    case "tap": if !isLetGo { jam.tap(at: now) }
    case "tempo": if let tempo = message.number { jam.setTempo(quartersPerMinute: tempo) }
    case "learn": if let knob = message.text.flatMap({ Knob(rawValue: $0) }) { learn(knob) }
    case "metronome": if let number = message.number { jam.clicksBeats = number != 0 }
    case let name:
      if let knob = Knob(rawValue: String(name)), let value = message.number {
        jam.set(knob, to: value)
      }
    }
  }

  /// Tells by Open Sound Control whose turn it is and where the music is.
  private func report() {
    guard let controls else { return }
    let status = jam.status
    if status.isAnswering != told?.isAnswering {
      controls.send(
        ControlMessage("/musegen/turn", [.text(status.isAnswering ? "answer" : "call")]))
    }
    if status.bar != told?.bar || status.beat != told?.beat {
      controls.send(
        ControlMessage(
          "/musegen/beat", [.number(Double(status.bar)), .number(Double(status.beat))]))
    }
    if status.quartersPerMinute != told?.quartersPerMinute {
      controls.send(ControlMessage("/musegen/tempo", [.number(status.quartersPerMinute)]))
    }
    told = status
  }
}

// The picture.
extension JamSession {
  private static let keys = [
    "space  the model answers from the next beat on, or stops",
    "t      taps the beat: the tempo follows",
    ", .    slower and faster",
    "m      clicks the beats, or no more",
    "↑ ↓    bolder and safer: the temperature",
    "→ ←    repeats itself and you more and less",
    "d c    denser and sparser",
    "1 2 3  lets a knob of the keyboard turn the temperature, the density, the repeats",
    "s      saves what was played so far",
    "q      ends and saves",
    "? h    this page",
  ]

  private func draw() {
    guard let screen else { return }
    let status = jam.status
    let columns = screen.dimensions.columns
    var lines = [
      "jam, \(settings.mode.rawValue), \(settings.metre)",
      "",
      status.isAnswering ? "♪ the model plays" : "  you play",
      "bar \(status.bar)  " + beats(status),
      "♩ = \(status.quartersPerMinute.decimals(1))"
        + (status.isFollowing ? ", another clock's" : ""),
      knobs(status),
      "heard \(status.heardTokens.grouped) events, wrote \(status.writtenTokens.grouped)"
        + (status.lostNotes > 0 ? ", lost \(status.lostNotes.counted("note")) too fast" : "")
        + (output.underruns > 0 ? ", \(output.underruns.counted("underrun"))" : ""),
      notice.displayed, "",
    ]
    lines +=
      isHelpShown ? Self.keys : ["space answer  t tap  ↑↓ temperature  s save  q quit  ? all keys"]
    screen.draw(
      lines.map { $0.count <= columns ? $0 : String($0.prefix(max(0, columns - 1))) + "…" })
  }

  private func beats(_ status: Jam.Status) -> String {
    (1...settings.metre.numerator).map { $0 == status.beat ? "●" : "·" }.joined(separator: " ")
  }

  private func knobs(_ status: Jam.Status) -> String {
    var parts: [String] = []
    for knob in Knob.allCases {
      guard let value = jam.value(of: knob) else { continue }
      parts.append("\(knob.rawValue) \(value.decimals(2))")
    }
    if let key = status.key { parts.append("key \(key)") }
    if let learning = status.learning { parts.append("learning \(learning.rawValue)") }
    return parts.joined(separator: "   ")
  }
}
