import CJack
import Music
import StandardMIDIFile

/// What a JACK client does in each of the server's cycles.
@safe
final class JackEngine: @unchecked Sendable {
  /// What the server's thread and the others tell each other.
  private struct State {
    var schedule = MessageSchedule()
    var clocks: [TimedTimingMessage] = []
    var received: [ReceivedMessage] = []
    var underruns = 0
    var isClosed = false
  }

  /// MIDI in and out; nil sides where no sound is made.
  let input: UnsafeMutableRawPointer
  let output: UnsafeMutableRawPointer
  let left, right: UnsafeMutableRawPointer?
  private let jack: jack_functions_t
  private let client: UnsafeMutableRawPointer
  private let state = Monitor(State())
  private let start = ContinuousClock.now
  private let sampleRate: Double
  // These are the server's thread's alone.
  private let synthesizer: SynthesizerRack?
  private var samples: [Float]
  private var transport = TransportClock()
  /// When the next cycle is expected, in seconds.
  private var expected: Double?

  /// How many messages wait to be taken at the most.
  private static let mostReceived = 8_192
  private static let longestCycle = 8_192

  init(
    _ jack: jack_functions_t, _ client: UnsafeMutableRawPointer, _ synthesizer: SynthesizerRack?,
    sampleRate: Int
  ) throws(PlaybackError) {
    func port(
      _ name: String, _ type: String, _ flags: Int
    ) throws(PlaybackError) -> UnsafeMutableRawPointer {
      guard let port = unsafe jack.register_port(client, name, type, UInt(flags), 0) else {
        throw PlaybackError(.jackUnavailable(problem: "the server has no port left for \(name)"))
      }
      return unsafe port
    }
    let (midi, sound) = ("8 bit raw midi", "32 bit float mono audio")
    unsafe input = try unsafe port("play", midi, jack_port_is_input)
    unsafe output = try unsafe port("music", midi, jack_port_is_output)
    if synthesizer == nil {
      unsafe (left, right) = (nil, nil)
    } else {
      unsafe left = try unsafe port("left", sound, jack_port_is_output)
      unsafe right = try unsafe port("right", sound, jack_port_is_output)
    }
    self.jack = jack
    unsafe self.client = unsafe client
    self.synthesizer = synthesizer
    self.sampleRate = Double(sampleRate)
    samples = [Float](repeating: 0, count: Self.longestCycle * Synthesizer.channels)
  }

  var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }
  var underruns: Int { state.withLock { $0.underruns } }
  /// Whether all that was sent has gone out.
  var isIdle: Bool {
    state.withLock { ($0.schedule.isEmpty && $0.clocks.isEmpty) || $0.isClosed }
  }

  func check() throws(PlaybackError) {
    if state.withLock({ $0.isClosed }) {
      throw PlaybackError(.jackUnavailable(problem: "the server has gone"))
    }
  }

  func close() { state.withLock { $0.isClosed = true } }
  func countUnderrun() { state.withLock { $0.underruns += 1 } }
  func cancel() {
    state.withLock {
      $0.schedule.cancel()
      $0.clocks = []
    }
  }
  func schedule(_ messages: [TimedMessage]) { state.withLock { $0.schedule.add(messages) } }
  func schedule(_ messages: [TimedTimingMessage]) { state.withLock { $0.clocks += messages } }

  func takeReceived() -> [ReceivedMessage] {
    state.withLock { state in
      defer { state.received.removeAll(keepingCapacity: true) }
      return state.received
    }
  }

  /// A cycle of the server's.
  func process(frames: Int) {
    let began = begin(frames: frames)
    let end = began + Double(frames) / sampleRate
    let came = receive(from: began, frames: frames)
    var (messages, clocks): ([TimedMessage], [TimedTimingMessage]) = state.withLock { state in
      let room = Self.mostReceived - state.received.count
      state.received += came.prefix(max(0, room))
      let count = state.clocks.firstIndex { $0.seconds >= end } ?? state.clocks.count
      defer { state.clocks.removeFirst(count) }
      return (state.schedule.take(before: end), Array(state.clocks[..<count]))
    }
    func offset(_ seconds: Double) -> Int {
      min(max(0, Int((seconds - began) * sampleRate)), frames - 1)
    }
    write(
      messages.map { (offset($0.seconds), $0.content.bytes) }
        + clocks.map { (offset($0.seconds), $0.message.bytes) }, frames: frames)
    clocks = []
    render(messages.map { (offset($0.seconds), $0.content) }, frames: frames)
    messages = []
  }

  /// When a cycle begins: cycles come evenly, and their threads do not.
  ///
  /// Reference: Adriaensen, "Using a DLL to Filter Time" (2005), of which this is the first order.
  private func begin(frames: Int) -> Double {
    let period = Double(frames) / sampleRate
    let now = elapsed
    var began = now
    if let expected, abs(now - expected) < 4 * period { began = expected + 0.05 * (now - expected) }
    expected = began + period
    return began
  }

  private func receive(from began: Double, frames: Int) -> [ReceivedMessage] {
    func instant(_ frame: Int) -> ContinuousClock.Instant {
      start + .seconds(began + Double(frame) / sampleRate)
    }
    var came: [ReceivedMessage] = []
    var position = jack_position_t()
    let isRolling = unsafe jack.transport(client, &position) == Int32(jack_transport_rolling)
    let place = TransportClock.Place(position)
    for (frame, message) in transport.advance(
      isRolling ? place : nil, frames: frames, sampleRate: sampleRate)
    {
      came.append(ReceivedMessage(.timing(message), at: instant(frame)))
    }
    guard let buffer = unsafe jack.port_buffer(input, UInt32(frames)) else { return came }
    let count = unsafe jack.event_count(buffer)
    for index in 0..<count {
      var event = unsafe jack_midi_event_t()
      // The event's bytes are the server's, for this cycle.
      guard unsafe jack.event(&event, buffer, index) == 0 && event.size <= 3 else { continue }
      let bytes = unsafe Array(UnsafeBufferPointer(start: event.buffer, count: event.size))
      guard let message = LiveMessage(bytes) else { continue }
      // A workstation that tells its bars need not tell them twice.
      if case .timing = message, transport.isRunning { continue }
      came.append(ReceivedMessage(message, at: instant(unsafe Int(event.time))))
    }
    return came
  }

  private func write(_ events: [(frame: Int, bytes: [UInt8])], frames: Int) {
    guard let buffer = unsafe jack.port_buffer(output, UInt32(frames)) else { return }
    unsafe jack.clear(buffer)
    let ordered = events.enumerated().sorted {
      ($0.element.frame, $0.offset) < ($1.element.frame, $1.offset)
    }
    for (_, event) in ordered {
      // What does not fit into the cycle is left out.
      _ = unsafe event.bytes.withUnsafeBufferPointer {
        unsafe jack.write(buffer, UInt32(event.frame), $0.baseAddress, $0.count)
      }
    }
  }

  private func render(_ events: [(frame: Int, content: TimedMessage.Content)], frames: Int) {
    guard let synthesizer, let left = unsafe left, let right = unsafe right,
      let toLeft = unsafe jack.port_buffer(left, UInt32(frames)),
      let toRight = unsafe jack.port_buffer(right, UInt32(frames))
    else { return }
    if samples.count < frames * Synthesizer.channels {
      samples = [Float](repeating: 0, count: frames * Synthesizer.channels)
    }
    var done = 0
    for event in events {
      if event.frame > done {
        synthesizer.render(into: &samples, frames: done..<event.frame)
        done = event.frame
      }
      synthesizer.send(event.content)
    }
    synthesizer.render(into: &samples, frames: done..<frames)
    let count = frames
    // Each buffer has as many numbers as the cycle has frames.
    let leftSide = unsafe UnsafeMutableBufferPointer(
      start: toLeft.assumingMemoryBound(to: Float.self), count: count)
    let rightSide = unsafe UnsafeMutableBufferPointer(
      start: toRight.assumingMemoryBound(to: Float.self), count: count)
    for frame in 0..<count {
      unsafe leftSide[frame] = samples[2 * frame]
      unsafe rightSide[frame] = samples[2 * frame + 1]
    }
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
