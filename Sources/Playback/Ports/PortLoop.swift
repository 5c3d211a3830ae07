import Glibc
import Music
import StandardMIDIFile

/// The thread's work when others make the sound: keep a little of the piece scheduled ahead.
final class PortLoop: PlayerLoop, @unchecked Sendable {
  private var source: MessageSource
  private let output: any MIDIOutput
  private let control: Monitor<PlayerControl>
  private let queue: MessageQueue?
  /// What the output's clock would show at the piece's start at its present speed; moves with pauses, jumps
  /// and changes of speed.
  private var origin = 0.0
  private var rendition = Rendition()
  private var transposer = Transposer(ports: 1)
  private var volumes = ChannelVolumes()
  private var told = ToldChannels()
  private var pedals = HeldPedals()
  /// What has been scheduled and may not have been sent yet, in seconds of the piece.
  private var scheduled: [TimedMessage] = []
  private var sounding: Set<SoundingKey> = []
  private var stalledSeconds = 0.0
  private var firstSound: ContinuousClock.Instant?
  private var pausedAt: Double?

  private struct SoundingKey: Hashable {
    var channel: UInt8
    var pitch: UInt8
  }

  /// How far ahead messages are scheduled: longer than this thread may be kept waiting.
  private static let lookahead = 0.25
  /// How long what was played may die away before all is silenced, in seconds: behind a port nobody hears when it has.
  private static let ringing = 2.0
  /// How often the thread looks, in microseconds.
  private static let interval: UInt32 = 20_000
  private static let stepsPerSecond = 1e6

  init(
    _ performance: Performance, output: any MIDIOutput, control: Monitor<PlayerControl>
  ) {
    source = MessageSource(performance.onOnePort, stepsPerSecond: PortLoop.stepsPerSecond)
    self.output = output
    self.control = control
    queue = nil
  }

  init(_ queue: MessageQueue, output: any MIDIOutput, control: Monitor<PlayerControl>) {
    source = MessageSource(queue, stepsPerSecond: PortLoop.stepsPerSecond)
    self.output = output
    self.control = control
    self.queue = queue
  }

  var isPaced: Bool { true }

  func run() {
    var failure: PlaybackError?
    do throws(PlaybackError) {
      // A moment to schedule the first messages before they are due.
      origin = try output.seconds() + 0.05
      while try advance() { usleep(PortLoop.interval) }
    } catch {
      failure = error
    }
    do throws(PlaybackError) {
      try panic()
      scheduled = []
      try setVolume(1)
    } catch { failure = failure ?? error }
    queue?.close()
    for continuation in control.update({ $0.finish(failure) }) { continuation.resume() }
  }

  /// Heeds commands, schedules what is next and says whether there is more.
  private func advance() throws(PlaybackError) -> Bool {
    let (isPaused, seekTarget, isStopped, isMuted, rendition) = control.withLock {
      ($0.isPaused, $0.seekTarget, $0.fadeSeconds != nil, $0.status.isMuted, $0.rendition)
    }
    if isStopped { return false }
    if rendition != self.rendition { try heed(rendition) }
    try setVolume(isMuted ? 0 : rendition.volume)
    var now = try place()
    if let seekTarget {
      try jump(to: seekTarget)
      control.withLock { if $0.seekTarget == seekTarget { $0.seekTarget = nil } }
      now = try place()
    }
    if isPaused {
      if pausedAt == nil { try hold(at: now) }
      report(pausedAt ?? now, isPaused: true)
      return true
    }
    if let pausedAt {
      origin += (now - pausedAt) / rendition.speed
      self.pausedAt = nil
      // The pause has lifted them.
      try send(pedals.messages(at: pausedAt))
      try send(scheduled)
      now = pausedAt
    }
    try schedule(from: now)
    report(now, isPaused: false)
    return now < end + PortLoop.ringing * rendition.speed
  }

  /// When the piece ends, in its seconds; infinite while that is not known.
  private var end: Double { source.end.map { Double($0) / PortLoop.stepsPerSecond } ?? .infinity }

  /// Where the piece is, in its seconds.
  private func place() throws(PlaybackError) -> Double {
    (try output.seconds() - origin) * rendition.speed
  }

  /// Plays on otherwise: faster or slower at once, in another key from what is not scheduled yet.
  private func heed(_ rendition: Rendition) throws(PlaybackError) {
    let isResped = rendition.speed != self.rendition.speed
    let running = isResped ? try takeBack() : try place()
    let now = pausedAt ?? running
    transposer.semitones = rendition.semitones
    control.withLock { control in
      control.changes.transpose(
        by: rendition.semitones, from: source.nextSeconds ?? max(now, scheduled.last?.seconds ?? 0))
      control.changes.play(atSpeed: rendition.speed, from: now)
    }
    self.rendition = rendition
    guard isResped else { return }
    origin = try output.seconds() - now / rendition.speed
    if pausedAt == nil { try send(scheduled) }
  }

  /// Makes the channels so loud, beside what the music tells them.
  private func setVolume(_ volume: Double) throws(PlaybackError) {
    guard let messages = volumes.set(volume) else { return }
    _ = try takeBack()
    if pausedAt == nil { try send(scheduled) }
    let clock = try output.seconds()
    try output.schedule(messages.map { TimedMessage(seconds: clock, message: $0) })
  }

  /// Takes back what is scheduled and was not sent yet; nothing waits in a pause.
  ///
  /// What is sent between the look at the clock and the taking back is sent again: nothing may come between.
  ///
  /// - Returns: where the piece is, in its seconds.
  private func takeBack() throws(PlaybackError) -> Double {
    let now = try place()
    guard pausedAt == nil else { return now }
    try output.cancel()
    noteSent(by: now)
    return now
  }

  private func schedule(from now: Double) throws(PlaybackError) {
    let step = source.step(at: now)
    if source.refill(at: step) {
      try panic()
      transposer.releaseAll()
      scheduled = []
      pedals = HeldPedals()
    }
    noteSent(by: now)
    let horizon = source.step(at: now + PortLoop.lookahead * rendition.speed)
    var messages: [TimedMessage] = []
    while source.nextChange <= horizon {
      let time = Double(source.nextChange) / PortLoop.stepsPerSecond
      guard let message = source.next(at: source.nextChange) else { break }
      transposer.pass(message) { messages.append(TimedMessage(seconds: time, content: $0)) }
    }
    try send(messages)
    scheduled += messages
    if source.end == nil, source.nextChange < step {
      // The writer is late: the piece waits for it.
      let late = now - Double(source.nextChange) / PortLoop.stepsPerSecond
      origin += late / rendition.speed
      stalledSeconds += late / rendition.speed
    }
  }

  /// Takes what was sent by now off what is scheduled.
  private func noteSent(by now: Double) {
    for timed in scheduled where timed.seconds <= now { pedals.hear(timed.content) }
    scheduled.removeAll { $0.seconds <= now }
  }

  private func send(_ messages: [TimedMessage]) throws(PlaybackError) {
    if messages.isEmpty { return }
    for timed in messages {
      if let message = timed.message { told.hear(message) }
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        sounding.insert(SoundingKey(channel: channel, pitch: pitch))
        if firstSound == nil {
          firstSound = .now + .seconds(clock(at: timed.seconds) - (try output.seconds()))
        }
      case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
        sounding.remove(SoundingKey(channel: channel, pitch: pitch))
      default: break
      }
    }
    try output.schedule(
      messages.flatMap { timed in
        volumes.sent(timed.content).map {
          TimedMessage(seconds: clock(at: timed.seconds), content: $0)
        }
      })
  }

  /// What the output's clock shows when the piece is at a place.
  private func clock(at seconds: Double) -> Double { origin + seconds / rendition.speed }

  private func hold(at now: Double) throws(PlaybackError) {
    noteSent(by: now)
    pausedAt = now
    try panic()
  }

  private func jump(to seconds: Double) throws(PlaybackError) {
    guard source.isSeekable else { return }
    try panic()
    transposer.reset()
    scheduled = []
    let target = min(source.step(at: seconds), source.end ?? .max)
    let position = Double(target) / PortLoop.stepsPerSecond
    origin = try output.seconds() - position / rendition.speed + 0.02
    if pausedAt != nil { pausedAt = position }
    control.withLock { $0.note(rendition, from: position) }
    // What comes later in the piece, and was heard already, must not hold before it.
    var state = told.takeBack(at: position)
    pedals = HeldPedals()
    for content in source.seek(to: target) {
      pedals.hear(content)
      transposer.pass(content) { state.append(TimedMessage(seconds: position, content: $0)) }
    }
    try send(state)
  }

  /// Silences everything: what sounds by its own note-off, then whole channels, for not all obey.
  private func panic() throws(PlaybackError) {
    let notes: [ChannelMessage] = sounding.map {
      .noteOff(channel: $0.channel, pitch: $0.pitch, velocity: 64)
    }
    sounding = []
    try output.silence(notes: notes)
  }

  private func report(_ seconds: Double, isPaused: Bool) {
    control.withLock { control in
      control.status.phase = isPaused ? .paused : .playing
      control.status.seconds = max(0, min(seconds, end))
      control.status.stalledSeconds = stalledSeconds
      control.status.firstSound = firstSound
    }
  }
}

/// How loud a listener has the channels of a port, beside what the music tells them by controller 7.
struct ChannelVolumes {
  private var volume = 1.0
  /// What the music has told each channel; General MIDI's 100 before.
  private var told = [UInt8](repeating: Self.start, count: 16)

  private static let start: UInt8 = 100

  /// Takes another volume, 1 for what the music tells.
  ///
  /// - Returns: the messages that set it; nil where it is the same.
  mutating func set(_ volume: Double) -> [ChannelMessage]? {
    if volume == self.volume { return nil }
    self.volume = volume
    return messages
  }

  /// What is sent for a message of the music.
  mutating func sent(_ content: TimedMessage.Content) -> [TimedMessage.Content] {
    switch content {
    case .channel(.controlChange(let channel, 7, let value)) where channel < 16:
      told[Int(channel)] = value
      if volume == 1 { return [content] }
      return [.channel(.controlChange(channel: channel, controller: 7, value: scaled(value)))]
    case .systemExclusive(let data, _):
      guard case .reset = SystemMessage(data) else { return [content] }
      told = Array(repeating: Self.start, count: 16)
      return volume == 1 ? [content] : [content] + messages.map { .channel($0) }
    default: return [content]
    }
  }

  private var messages: [ChannelMessage] {
    (UInt8(0)..<16).map {
      .controlChange(channel: $0, controller: 7, value: scaled(told[Int($0)]))
    }
  }

  /// The controller's amplitude grows with its square (General MIDI 2, RP-024: 40 log10 decibels).
  private func scaled(_ value: UInt8) -> UInt8 {
    UInt8(min(127, (Double(value) * volume.squareRoot()).rounded()))
  }
}
