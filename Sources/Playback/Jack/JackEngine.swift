import CJack
import Music
import StandardMIDIFile

/// What a JACK client does beside the server's cycles, on a thread of its own: it makes sound a little ahead of them, and
/// tells them what is to be sent.
///
/// The cycle itself is `CJack`'s (`cycle.h`), where nothing waits. A message sounds and is sent a fixed time behind the one
/// for which it was scheduled (``delay``), so that what is passed on comes as evenly as it was played.
@safe
final class JackEngine: PlayerLoop, @unchecked Sendable {
  /// What the engine's thread and those who send tell each other.
  private struct State {
    /// By the server's time, in seconds.
    var schedule = MessageSchedule()
    var clocks: [TimedTimingMessage] = []
    var isStopped = false
    var hasEnded = false
  }

  let isPaced = true
  private let cycle: UnsafeMutablePointer<jack_cycle_t>
  private let state = Monitor(State())
  private let start = ContinuousClock.now
  private let sampleRate: Double
  // Who listens alone has these: the transport, and up to which frame all that came has been handed over.
  private var transport = TransportClock()
  private var handedOver: UInt64 = 0
  // These are the engine's thread's alone once it runs.
  private let synthesizer: SynthesizerRack?
  private var samples = [Float](repeating: 0, count: Synthesizer.quantum * Synthesizer.channels)
  /// What takes effect where the next samples begin.
  private var waiting: [TimedMessage.Content] = []

  /// How many messages are handed over at once at the most: a flood must not keep anybody from all else.
  private static let mostAtOnce = 4_096

  /// Joins the server's cycles, and makes silence until something comes.
  ///
  /// - Parameters:
  ///   - jack: the library.
  ///   - client: the client, whose ports it makes.
  ///   - synthesizer: what makes the sound; nil for none.
  ///   - latency: how much more than a cycle is made ahead, in seconds.
  /// - Throws: ``PlaybackError`` where the server has no ports left, or refuses the client.
  init(
    _ jack: jack_functions_t, _ client: UnsafeMutableRawPointer, _ synthesizer: SynthesizerRack?,
    latency: Double
  ) throws(PlaybackError) {
    var jack = jack
    guard let cycle = unsafe jack_cycle_make(&jack, client) else {
      throw PlaybackError(.jackUnavailable(problem: "memory does not suffice"))
    }
    func port(
      _ name: String, _ type: String, _ flags: Int
    ) throws(PlaybackError) -> UnsafeMutableRawPointer {
      guard let port = unsafe jack.register_port(client, name, type, UInt(flags), 0) else {
        throw PlaybackError(.jackUnavailable(problem: "the server has no port left for \(name)"))
      }
      return unsafe port
    }
    let (midi, sound) = ("8 bit raw midi", "32 bit float mono audio")
    do throws(PlaybackError) {
      unsafe cycle.pointee.input = try unsafe port("play", midi, jack_port_is_input)
      unsafe cycle.pointee.output = try unsafe port("music", midi, jack_port_is_output)
      if synthesizer != nil {
        unsafe cycle.pointee.left = try unsafe port("left", sound, jack_port_is_output)
        unsafe cycle.pointee.right = try unsafe port("right", sound, jack_port_is_output)
      }
    } catch {
      unsafe jack_cycle_free(cycle)
      throw error
    }
    unsafe self.cycle = unsafe cycle
    self.synthesizer = synthesizer
    sampleRate = unsafe cycle.pointee.sample_rate
    unsafe cycle.pointee.margin = UInt32(max(latency * sampleRate, Double(Synthesizer.quantum)))
    // The first cycle finds samples.
    makeAhead()
    guard PlayerThread.run(self) else {
      throw PlaybackError(.jackUnavailable(problem: "no thread can be made"))
    }
    guard unsafe jack_cycle_enter(cycle) == 0 else {
      end()
      throw PlaybackError(.jackUnavailable(problem: "the server refuses another client"))
    }
  }

  deinit {
    // Of a server that has gone the library's threads may still look at it.
    if !isClosed { unsafe jack_cycle_free(cycle) }
  }

  /// The ports; nil sides where no sound is made.
  var input: UnsafeMutableRawPointer? { unsafe cycle.pointee.input }
  var output: UnsafeMutableRawPointer? { unsafe cycle.pointee.output }
  var left: UnsafeMutableRawPointer? { unsafe cycle.pointee.left }
  var right: UnsafeMutableRawPointer? { unsafe cycle.pointee.right }

  /// How many frames a cycle has.
  var period: Int { unsafe Int(jack_cycle_period(cycle)) }
  /// The present moment, and whether the server's cycles and no clock tell it.
  var now: ContinuousClock.Instant { start + .seconds(elapsed) }
  var isFreewheeling: Bool { unsafe jack_cycle_is_freewheeling(cycle) != 0 }
  /// The seconds since the server was joined.
  var elapsed: Double { unsafe jack_cycle_seconds(cycle) }
  /// How often the sound was late, and how often the server was.
  var underruns: Int { unsafe Int(clamping: jack_cycle_late(cycle)) }
  /// Whether all that was scheduled has gone out.
  var isIdle: Bool {
    if isClosed { return true }
    let isScheduled = state.withLock { !$0.schedule.isEmpty || !$0.clocks.isEmpty }
    return unsafe jack_cycle_is_idle(cycle) != 0 && !isScheduled
  }
  /// Whether the server has gone.
  var isClosed: Bool { unsafe jack_cycle_is_closed(cycle) != 0 }

  func check() throws(PlaybackError) {
    if isClosed {
      throw PlaybackError(.jackUnavailable(problem: "the server has gone"))
    }
  }

  /// Ends the thread; nothing is made any more.
  func end() {
    state.update { $0.isStopped = true }
    state.wait { $0.hasEnded ? () : nil }
  }
}

// What is sent and sounds.
extension JackEngine {
  /// How many frames are made ahead of the server's clock.
  private var ahead: UInt64 { unsafe jack_cycle_ahead(cycle) }

  /// How much later than scheduled messages sound, in frames; the server is told it, too.
  private var delay: Double { unsafe Double(jack_cycle_delay(cycle)) }

  /// A moment's place in the server's time, in seconds.
  private func serverTime(_ seconds: Double) -> Double {
    unsafe seconds - jack_cycle_origin(cycle) + delay / sampleRate
  }

  func schedule(_ messages: [TimedMessage]) {
    let placed = messages.map {
      TimedMessage(seconds: serverTime($0.seconds), content: $0.content)
    }
    state.withLock { $0.schedule.add(placed) }
  }

  func schedule(_ messages: [TimedTimingMessage]) {
    let placed = messages.map {
      TimedTimingMessage(seconds: serverTime($0.seconds), message: $0.message)
    }
    state.withLock { $0.clocks += placed }
  }

  func cancel() {
    state.withLock {
      $0.schedule.cancel()
      $0.clocks = []
    }
  }

  /// Makes sound until it is stopped or the server is gone.
  func run() {
    while !isClosed, !state.withLock({ $0.isStopped }) {
      makeAhead()
      unsafe jack_wait_until_wanted(cycle, 0.1)
    }
    state.update { $0.hasEnded = true }
  }

  /// Makes samples up to the place to which they shall be there.
  private func makeAhead() {
    while true {
      let (place, present) = unsafe (jack_cycle_next(cycle), jack_cycle_place(cycle))
      // Where nothing presses, no frame is made that what came in the last cycle could still change.
      let most = present + ahead - (isFreewheeling ? UInt64(Synthesizer.quantum) - 1 : 0)
      guard place < most else { return }
      let end = place + UInt64(Synthesizer.quantum)
      let (messages, clocks) = take(before: Double(end) / sampleRate)
      send(messages, clocks, from: place)
      guard let synthesizer else {
        unsafe jack_cycle_put(cycle, place, nil, UInt32(Synthesizer.quantum))
        continue
      }
      // As in a file, a message takes effect at the nearest step of the synthesizer's.
      for content in waiting { synthesizer.send(content) }
      waiting.removeAll(keepingCapacity: true)
      let middle = place + UInt64(Synthesizer.quantum / 2)
      for message in messages {
        if frame(message.seconds, from: place) < middle {
          synthesizer.send(message.content)
        } else {
          waiting.append(message.content)
        }
      }
      synthesizer.render(into: &samples, frames: 0..<Synthesizer.quantum)
      // It holds as many frames as are copied.
      unsafe samples.withUnsafeBufferPointer {
        unsafe jack_cycle_put(cycle, place, $0.baseAddress, UInt32(Synthesizer.quantum))
      }
    }
  }

  private func take(before seconds: Double) -> ([TimedMessage], [TimedTimingMessage]) {
    state.withLock { state in
      let count = state.clocks.firstIndex { $0.seconds >= seconds } ?? state.clocks.count
      defer { state.clocks.removeFirst(count) }
      return (state.schedule.take(before: seconds), Array(state.clocks[..<count]))
    }
  }

  /// The frame of a moment of the server's time; one that is past is the present.
  private func frame(_ seconds: Double, from place: UInt64) -> UInt64 {
    UInt64(max(Double(place), (seconds * sampleRate).rounded()))
  }

  private func send(
    _ messages: [TimedMessage], _ clocks: [TimedTimingMessage], from place: UInt64
  ) {
    if messages.isEmpty, clocks.isEmpty { return }
    let events =
      messages.map { (frame($0.seconds, from: place), $0.content.bytes) }
      + clocks.map { (frame($0.seconds, from: place), $0.message.bytes) }
    let ordered = events.enumerated().sorted {
      ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
    }
    for (_, (frame, bytes)) in ordered {
      // The bytes are copied; what finds no room is left out.
      _ = unsafe bytes.withUnsafeBufferPointer {
        unsafe jack_cycle_send(cycle, frame, $0.baseAddress, $0.count)
      }
    }
  }
}

// What is heard.
extension JackEngine {
  /// Waits until something comes or so much time has passed, and returns what came; where the server freewheels, until a
  /// cycle has passed.
  func receive(waiting seconds: Double) throws(PlaybackError) -> [ReceivedMessage] {
    let end = ContinuousClock.now + .seconds(min(max(seconds, 0), 60))
    // Who listens again has done with what came before.
    unsafe jack_cycle_heed(cycle, handedOver)
    while true {
      try check()
      let place = unsafe jack_cycle_place(cycle)
      let received = takeReceived()
      let left = (end - .now) / .seconds(1)
      if !received.isEmpty || left <= 0 || isFreewheeling && place != handedOver {
        // What is left of a flood is handed over the next time.
        if received.count < Self.mostAtOnce { handedOver = place }
        return received
      }
      // The bell counts milliseconds.
      unsafe jack_wait_until_came(cycle, max(left, 0.001))
    }
  }

  /// Lets no cycle wait any more for who listens.
  func listenNoMore() { unsafe jack_cycle_heed(cycle, .max) }

  private func takeReceived() -> [ReceivedMessage] {
    var received: [ReceivedMessage] = []
    var heard = jack_heard_t()
    while received.count < Self.mostAtOnce, unsafe jack_cycle_take(cycle, &heard) != 0 {
      let instant = start + .seconds(heard.seconds)
      if heard.size == 0 {
        let (place, frames) = (TransportClock.Place(heard), Int(heard.frames))
        for (frame, message) in transport.advance(place, frames: frames, sampleRate: sampleRate) {
          received.append(
            ReceivedMessage(.timing(message), at: instant + .seconds(Double(frame) / sampleRate)))
        }
        continue
      }
      let bytes = [heard.bytes.0, heard.bytes.1, heard.bytes.2]
      guard let message = LiveMessage(Array(bytes.prefix(Int(heard.size)))) else { continue }
      // A workstation that tells its bars need not tell them twice.
      if case .timing = message, transport.isRunning { continue }
      received.append(ReceivedMessage(message, at: instant))
    }
    return received
  }
}

extension TimedMessage.Content {
  /// The message as it goes over a wire.
  fileprivate var bytes: [UInt8] {
    switch self {
    case .channel(let message):
      let (status, first, second) = message.onChannel(message.channel & 15).bytes
      return status & 0xE0 == 0xC0 ? [status, first] : [status, first, second]
    case .systemExclusive(let data, _): return [0xF0] + data
    }
  }
}
