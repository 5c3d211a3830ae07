import CALSA
import Glibc
public import Music
import StandardMIDIFile

/// A message that came in, and when.
public struct ReceivedMessage: Hashable, Sendable {
  /// What.
  public var message: LiveMessage
  /// When it came.
  public var instant: ContinuousClock.Instant

  /// Creates a received message.
  public init(_ message: LiveMessage, at instant: ContinuousClock.Instant) {
    self.message = message
    self.instant = instant
  }
}

/// A port of the ALSA sequencer at which a keyboard or another program is heard.
///
/// The sequencer has running status undone and whole messages told apart; what is no music (system exclusive
/// dumps, connections of others) is left out without being kept. Whoever plays may be unplugged and plugged
/// in again: the port stays, and ``reconnect()`` finds them by their name.
///
/// Reference: alsa-lib's documentation, "MIDI Sequencer".
@safe
public final class SequencerInput: MIDIInput, @unchecked Sendable {
  /// The name by which who plays was found; nil for whoever connects to the port.
  public let name: String?
  /// What others connect to.
  public let portName = "musegen:jam"
  /// Whether who plays is connected; true where anybody may be.
  public private(set) var isConnected: Bool
  // ALSA locks nothing inside a sequencer handle: one thread uses it at a time.
  private let sequencer: OpaquePointer
  private let port: Int32
  /// Who plays, by numbers, and by the names that stay when these change; nil where they have none.
  private var source = SequencerPort.Numbers()
  private var sourceNames: SequencerPort.Names?

  /// How many messages are taken at once at the most: a flood must not keep anybody from all else.
  private static let mostAtOnce = 4_096
  /// How many bytes are read at once at the most: what is longer is never read, and keeps back all behind it.
  ///
  /// The kernel has 2,000 events of 28 bytes for what a client sends, system exclusive messages among it.
  private static let bufferBytes = 65_536

  /// Listens at a port.
  ///
  /// - Parameter name: who plays: `20:0`, or the beginning of a client's name; nil for whoever is connected to
  ///   the port by others.
  /// - Throws: ``PlaybackError`` where there is no sequencer or no such port.
  public init(name: String?) throws(PlaybackError) {
    let sequencer = try unsafe SequencerPort.open(
      SND_SEQ_OPEN_OUTPUT | SND_SEQ_OPEN_INPUT, mode: SND_SEQ_NONBLOCK)
    var ownPort: Int32 = -1
    do throws(PlaybackError) {
      try SequencerPort.check(unsafe snd_seq_set_client_name(sequencer, "musegen"), name)
      try SequencerPort.check(
        unsafe snd_seq_set_input_buffer_size(sequencer, Self.bufferBytes), name)
      ownPort = unsafe snd_seq_create_simple_port(
        sequencer, "jam",
        UInt32(SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE),
        UInt32(SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION))
      try SequencerPort.check(ownPort, name)
    } catch {
      unsafe snd_seq_close(sequencer)
      throw error
    }
    self.name = name
    unsafe self.sequencer = unsafe sequencer
    port = ownPort
    isConnected = name == nil
    guard name != nil else { return }
    // From here on leaving the input behind closes the sequencer.
    try connect()
  }

  deinit { unsafe snd_seq_close(sequencer) }

  /// Waits until something comes or so much time has passed.
  ///
  /// - Parameter seconds: how long to wait at the most, a minute at most.
  /// - Returns: what came, in its order, at the most some thousands of messages at once.
  /// - Throws: ``PlaybackError`` where the sequencer is gone.
  public func receive(waiting seconds: Double) throws(PlaybackError) -> [ReceivedMessage] {
    try wait(seconds)
    var messages: [ReceivedMessage] = []
    for _ in 0..<Self.mostAtOnce {
      var pointer: UnsafeMutablePointer<snd_seq_event_t>?
      let code = unsafe snd_seq_event_input(sequencer, &pointer)
      if code == -EAGAIN { break }
      // The kernel's buffer ran over: what was lost is lost, and what comes is heard.
      if code == -ENOSPC { continue }
      guard code >= 0 else { throw lost(code) }
      guard let event = unsafe pointer?.pointee else { break }
      if let message = unsafe message(of: event) {
        messages.append(ReceivedMessage(message, at: .now))
      }
    }
    return messages
  }

  /// Finds who plays again, after they have gone, and says whether they are there.
  public func reconnect() -> Bool {
    guard !isConnected else { return true }
    do throws(PlaybackError) {
      try connect()
    } catch {
      return false
    }
    return true
  }

  private func connect() throws(PlaybackError) {
    guard let name else { return }
    let known = unsafe SequencerPort.ports(SequencerInput.sends, of: sequencer)
    let numbers: SequencerPort.Numbers
    if let sourceNames {
      // Whoever is plugged in again may have another number, and another device theirs.
      guard let found = sourceNames.nearest(in: known, to: source) else {
        return try SequencerPort.check(-ENODEV, name)
      }
      numbers = found
    } else {
      var address = snd_seq_addr_t()
      try SequencerPort.check(unsafe snd_seq_parse_address(sequencer, &address, name), name)
      numbers = SequencerPort.Numbers(client: Int(address.client), port: Int(address.port))
    }
    try SequencerPort.check(
      unsafe snd_seq_connect_from(sequencer, port, Int32(numbers.client), Int32(numbers.port)), name
    )
    source = numbers
    sourceNames = known.first { $0.numbers == numbers }?.names ?? sourceNames
    isConnected = true
  }

  private func wait(_ seconds: Double) throws(PlaybackError) {
    guard unsafe snd_seq_event_input_pending(sequencer, 0) == 0 else { return }
    let count = unsafe snd_seq_poll_descriptors_count(sequencer, Int16(POLLIN))
    let milliseconds = Int32(max(0, min(seconds, 60)) * 1_000)
    guard count > 0 else {
      usleep(UInt32(milliseconds) * 1_000)
      return
    }
    var descriptors = [pollfd](repeating: pollfd(), count: Int(count))
    unsafe descriptors.withUnsafeMutableBufferPointer { buffer in
      _ = unsafe snd_seq_poll_descriptors(
        sequencer, buffer.baseAddress, UInt32(buffer.count), Int16(POLLIN))
      _ = unsafe poll(buffer.baseAddress, nfds_t(buffer.count), milliseconds)
    }
  }

  private func lost(_ code: Int32) -> PlaybackError {
    PlaybackError(.portUnavailable(name: name, problem: PCMDevice.words(code)))
  }

  /// What an event says; nil for what is no music.
  private func message(of event: snd_seq_event_t) -> LiveMessage? {
    let (control, note) = unsafe (event.data.control, event.data.note)
    let channel = note.channel & 15
    switch UInt32(unsafe event.type) {
    case SND_SEQ_EVENT_NOTEON.rawValue:
      return .channel(
        .noteOn(channel: channel, pitch: note.note & 127, velocity: note.velocity & 127))
    case SND_SEQ_EVENT_NOTEOFF.rawValue:
      return .channel(
        .noteOff(channel: channel, pitch: note.note & 127, velocity: note.velocity & 127))
    case SND_SEQ_EVENT_KEYPRESS.rawValue:
      return .channel(
        .polyphonicPressure(
          channel: channel, pitch: note.note & 127, pressure: note.velocity & 127))
    case SND_SEQ_EVENT_CONTROLLER.rawValue:
      return .channel(
        .controlChange(
          channel: channel, controller: UInt8(truncatingIfNeeded: control.param & 127),
          value: Self.byte(control.value)))
    case SND_SEQ_EVENT_PGMCHANGE.rawValue:
      return .channel(.programChange(channel: channel, program: Self.byte(control.value)))
    case SND_SEQ_EVENT_CHANPRESS.rawValue:
      return .channel(.channelPressure(channel: channel, pressure: Self.byte(control.value)))
    case SND_SEQ_EVENT_PITCHBEND.rawValue:
      // ALSA counts from the wheel's rest.
      let value = max(0, min(16_383, Int(control.value) + 8_192))
      return .channel(.pitchBend(channel: channel, value: UInt16(value)))
    case SND_SEQ_EVENT_CLOCK.rawValue: return .timing(.clock)
    case SND_SEQ_EVENT_START.rawValue: return .timing(.start)
    case SND_SEQ_EVENT_CONTINUE.rawValue: return .timing(.continue)
    case SND_SEQ_EVENT_STOP.rawValue: return .timing(.stop)
    case SND_SEQ_EVENT_SONGPOS.rawValue:
      return .timing(.songPosition(sixteenths: max(0, min(16_383, Int(control.value)))))
    case SND_SEQ_EVENT_SENSING.rawValue: return .activeSensing
    case SND_SEQ_EVENT_PORT_UNSUBSCRIBED.rawValue:
      let gone = unsafe event.data.connect.sender
      if Int(gone.client) == source.client, Int(gone.port) == source.port {
        isConnected = name == nil
      }
      return nil
    default: return nil
    }
  }

  /// A value of a controller, cut to what MIDI can say.
  private static func byte(_ value: Int32) -> UInt8 { UInt8(max(0, min(127, value))) }
}

extension SequencerInput {
  /// Lists the ports that send MIDI messages.
  ///
  /// - Returns: the ports, by client and number.
  /// - Throws: ``PlaybackError`` where there is no sequencer.
  public static func list() throws(PlaybackError) -> [SequencerPort.Address] {
    try SequencerPort.list(sends)
  }

  private static var sends: UInt32 { UInt32(SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ) }
}
