import Glibc
import Music
import StandardMIDIFile

/// The thread's work when others make the sound: keep a little of the piece scheduled ahead.
final class PortLoop: PlayerLoop, @unchecked Sendable {
  private var source: MessageSource
  private let output: any MIDIOutput
  private let control: Monitor<PlayerControl>
  private let queue: MessageQueue?
  /// What the output's clock shows when the piece is at its start; moves with pauses and jumps.
  private var origin = 0.0
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
    do throws(PlaybackError) { try panic() } catch { failure = failure ?? error }
    queue?.close()
    for continuation in control.update({ $0.finish(failure) }) { continuation.resume() }
  }

  /// Heeds commands, schedules what is next and says whether there is more.
  private func advance() throws(PlaybackError) -> Bool {
    let (isPaused, seekTarget, isStopped) = control.withLock {
      ($0.isPaused, $0.seekTarget, $0.fadeSeconds != nil)
    }
    if isStopped { return false }
    var now = try output.seconds() - origin
    if let seekTarget {
      try jump(to: seekTarget, clock: now + origin)
      control.withLock { if $0.seekTarget == seekTarget { $0.seekTarget = nil } }
      now = try output.seconds() - origin
    }
    if isPaused {
      if pausedAt == nil { try hold(at: now) }
      report(pausedAt ?? now, isPaused: true)
      return true
    }
    if let pausedAt {
      origin += now - pausedAt
      self.pausedAt = nil
      try send(scheduled)
      now = pausedAt
    }
    try schedule(from: now)
    report(now, isPaused: false)
    guard let end = source.end else { return true }
    return now < Double(end) / PortLoop.stepsPerSecond
  }

  private func schedule(from now: Double) throws(PlaybackError) {
    let step = source.step(at: now)
    if source.refill(at: step) {
      try panic()
      scheduled = []
    }
    scheduled.removeAll { $0.seconds <= now }
    let horizon = source.step(at: now + PortLoop.lookahead)
    var messages: [TimedMessage] = []
    while source.nextChange <= horizon {
      let time = Double(source.nextChange) / PortLoop.stepsPerSecond
      guard let message = source.next(at: source.nextChange) else { break }
      messages.append(TimedMessage(seconds: time, content: message))
    }
    try send(messages)
    scheduled += messages
    if source.end == nil, source.nextChange < step {
      // The writer is late: the piece waits for it.
      let late = now - Double(source.nextChange) / PortLoop.stepsPerSecond
      origin += late
      stalledSeconds += late
    }
  }

  private func send(_ messages: [TimedMessage]) throws(PlaybackError) {
    if messages.isEmpty { return }
    for timed in messages {
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        sounding.insert(SoundingKey(channel: channel, pitch: pitch))
        if firstSound == nil {
          firstSound = .now + .seconds(timed.seconds + origin - (try output.seconds()))
        }
      case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
        sounding.remove(SoundingKey(channel: channel, pitch: pitch))
      default: break
      }
    }
    try output.schedule(
      messages.map { TimedMessage(seconds: $0.seconds + origin, content: $0.content) })
  }

  private func hold(at now: Double) throws(PlaybackError) {
    scheduled.removeAll { $0.seconds <= now }
    pausedAt = now
    try panic()
  }

  private func jump(to seconds: Double, clock: Double) throws(PlaybackError) {
    guard source.isSeekable else { return }
    try panic()
    scheduled = []
    let target = min(source.step(at: seconds), source.end ?? .max)
    let position = Double(target) / PortLoop.stepsPerSecond
    origin = clock - position + 0.02
    if pausedAt != nil { pausedAt = position }
    let state = source.seek(to: target)
    try send(state.map { TimedMessage(seconds: position, content: $0) })
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
      control.status.seconds = max(0, seconds)
      control.status.stalledSeconds = stalledSeconds
      control.status.firstSound = firstSound
    }
  }
}
