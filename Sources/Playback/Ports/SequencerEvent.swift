import CALSA
import Music
import StandardMIDIFile

/// A timed message as an event of the ALSA sequencer.
///
/// A system exclusive message is no part of its event, which points to it while it is handed over.
@safe
struct SequencerEvent {
  /// The event, to all who listen to `port`, when `queue` shows the message's time.
  private(set) var event = unsafe snd_seq_event_t()

  init(_ timed: TimedMessage, port: UInt8, queue: UInt8) {
    self.init(seconds: timed.seconds, port: port, queue: queue)
    if let message = timed.message { set(message) }
  }

  init(_ timed: TimedTimingMessage, port: UInt8, queue: UInt8) {
    self.init(seconds: timed.seconds, port: port, queue: queue)
    switch timed.message {
    case .clock: setControl(SND_SEQ_EVENT_CLOCK, 0, 0)
    case .start: setControl(SND_SEQ_EVENT_START, 0, 0)
    case .continue: setControl(SND_SEQ_EVENT_CONTINUE, 0, 0)
    case .stop: setControl(SND_SEQ_EVENT_STOP, 0, 0)
    case .songPosition(let sixteenths):
      setControl(SND_SEQ_EVENT_SONGPOS, 0, Int32(max(0, min(sixteenths, 16_383))))
    }
  }

  private init(seconds: Double, port: UInt8, queue: UInt8) {
    unsafe event.source.port = port
    unsafe event.dest.client = UInt8(SND_SEQ_ADDRESS_SUBSCRIBERS)
    unsafe event.dest.port = UInt8(SND_SEQ_ADDRESS_UNKNOWN)
    unsafe event.queue = queue
    unsafe event.flags = UInt8(SND_SEQ_TIME_STAMP_REAL | SND_SEQ_TIME_MODE_ABS)
    let nanoseconds = UInt64(max(0, min(seconds, 4e9)) * 1e9)
    unsafe event.time.time.tv_sec = UInt32(nanoseconds / 1_000_000_000)
    unsafe event.time.time.tv_nsec = UInt32(nanoseconds % 1_000_000_000)
  }

  private mutating func set(_ message: ChannelMessage) {
    switch message {
    case .noteOff(let channel, let pitch, let velocity):
      setNote(SND_SEQ_EVENT_NOTEOFF, channel, pitch, velocity)
    case .noteOn(let channel, let pitch, let velocity):
      setNote(SND_SEQ_EVENT_NOTEON, channel, pitch, velocity)
    case .polyphonicPressure(let channel, let pitch, let pressure):
      setNote(SND_SEQ_EVENT_KEYPRESS, channel, pitch, pressure)
    case .controlChange(let channel, let controller, let value):
      setControl(SND_SEQ_EVENT_CONTROLLER, channel, Int32(value), parameter: UInt32(controller))
    case .programChange(let channel, let program):
      setControl(SND_SEQ_EVENT_PGMCHANGE, channel, Int32(program))
    case .channelPressure(let channel, let pressure):
      setControl(SND_SEQ_EVENT_CHANPRESS, channel, Int32(pressure))
    case .pitchBend(let channel, let value):
      // ALSA counts from the wheel's rest.
      setControl(SND_SEQ_EVENT_PITCHBEND, channel, Int32(value) - 8_192)
    }
  }

  /// Hands over an event that is whole by itself.
  mutating func withEvent(
    _ body: (UnsafeMutablePointer<snd_seq_event_t>) -> Int32
  ) -> Int32 {
    unsafe body(&event)
  }

  /// Hands over the event, pointing to a system exclusive message if it is one.
  ///
  /// - Parameters:
  ///   - content: the message of which this is the event.
  ///   - body: takes the event, which is valid until it returns.
  /// - Returns: what `body` returns.
  mutating func withEvent(
    _ content: TimedMessage.Content, _ body: (UnsafeMutablePointer<snd_seq_event_t>) -> Int32
  ) -> Int32 {
    guard case .systemExclusive(let data, _) = content else { return unsafe body(&event) }
    var bytes = [0xF0] + data
    return unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe event.type = UInt8(truncatingIfNeeded: SND_SEQ_EVENT_SYSEX.rawValue)
      unsafe event.flags |= UInt8(SND_SEQ_EVENT_LENGTH_VARIABLE)
      unsafe event.data.ext.len = UInt32(buffer.count)
      unsafe event.data.ext.ptr = buffer.baseAddress
      return unsafe body(&event)
    }
  }

  private mutating func setNote(
    _ type: snd_seq_event_type, _ channel: UInt8, _ pitch: UInt8, _ velocity: UInt8
  ) {
    unsafe event.type = UInt8(truncatingIfNeeded: type.rawValue)
    unsafe event.data.note.channel = channel
    unsafe event.data.note.note = pitch & 127
    unsafe event.data.note.velocity = velocity & 127
  }

  private mutating func setControl(
    _ type: snd_seq_event_type, _ channel: UInt8, _ value: Int32, parameter: UInt32 = 0
  ) {
    unsafe event.type = UInt8(truncatingIfNeeded: type.rawValue)
    unsafe event.data.control.channel = channel
    unsafe event.data.control.param = parameter
    unsafe event.data.control.value = value
  }
}
