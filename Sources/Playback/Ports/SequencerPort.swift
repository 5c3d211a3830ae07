import CALSA
public import Music
import StandardMIDIFile

/// A connection through the ALSA sequencer to a hardware or software synthesizer.
///
/// Messages are handed to a queue of the sequencer, which sends them at their times to the
/// microsecond or so, however busy this process is. Whoever turns them into sound may go and come back: the port
/// stays, and ``reachAgain()`` finds them by their name.
///
/// Reference: alsa-lib's documentation, "MIDI Sequencer".
@safe
public final class SequencerPort: MIDIOutput, @unchecked Sendable {
  /// The name by which the port was found.
  public let name: String
  // ALSA locks nothing inside a sequencer handle: one player's thread uses it at a time.
  private let sequencer: OpaquePointer
  private let port: UInt8
  private let queue: UInt8
  /// Who is sent to, by numbers, and by the names that stay when these change; nil where they have none.
  private var sink: Numbers
  private var sinkNames: Names?

  /// Connects to a port.
  ///
  /// - Parameter name: `128:0`, or the beginning of a client's name; see ``list()``.
  /// - Throws: ``PlaybackError`` where there is no sequencer or no such port.
  public init(name: String) throws(PlaybackError) {
    let sequencer = try unsafe SequencerPort.open()
    var address = snd_seq_addr_t()
    var ownPort: Int32 = -1
    var queue: Int32 = -1
    do throws(PlaybackError) {
      try SequencerPort.check(unsafe snd_seq_set_client_name(sequencer, "musegen"), name)
      ownPort = unsafe snd_seq_create_simple_port(
        sequencer, "music", UInt32(SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ),
        UInt32(SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION))
      try SequencerPort.check(ownPort, name)
      try SequencerPort.check(unsafe snd_seq_parse_address(sequencer, &address, name), name)
      try SequencerPort.check(
        unsafe snd_seq_connect_to(sequencer, ownPort, Int32(address.client), Int32(address.port)),
        name)
      queue = unsafe snd_seq_alloc_named_queue(sequencer, "musegen")
      try SequencerPort.check(queue, name)
      try SequencerPort.check(
        unsafe snd_seq_control_queue(
          sequencer, queue, Int32(SND_SEQ_EVENT_START.rawValue), 0, nil), name)
      try SequencerPort.check(unsafe snd_seq_drain_output(sequencer), name)
    } catch {
      unsafe snd_seq_close(sequencer)
      throw error
    }
    self.name = name
    unsafe self.sequencer = unsafe sequencer
    port = UInt8(clamping: ownPort)
    self.queue = UInt8(clamping: queue)
    let numbers = Numbers(client: Int(address.client), port: Int(address.port))
    sink = numbers
    sinkNames = unsafe SequencerPort.ports(SequencerPort.takes, of: sequencer)
      .first { $0.numbers == numbers }?.names
  }

  deinit { unsafe snd_seq_close(sequencer) }

  /// Opens the sequencer.
  static func open(
    _ streams: Int32 = SND_SEQ_OPEN_OUTPUT, mode: Int32 = 0
  ) throws(PlaybackError) -> OpaquePointer {
    NativeLog.install()
    var opened: OpaquePointer?
    let code = unsafe snd_seq_open(&opened, "default", streams, mode)
    guard code >= 0, let sequencer = unsafe opened else {
      throw PlaybackError(.portUnavailable(name: nil, problem: PCMDevice.words(code)))
    }
    return unsafe sequencer
  }

  /// The queue's time in seconds since the port was opened.
  public func seconds() throws(PlaybackError) -> Double {
    var allocated: OpaquePointer?
    try check(unsafe snd_seq_queue_status_malloc(&allocated))
    defer { unsafe snd_seq_queue_status_free(allocated) }
    try check(unsafe snd_seq_get_queue_status(sequencer, Int32(queue), allocated))
    guard let time = unsafe snd_seq_queue_status_get_real_time(allocated) else { return 0 }
    return unsafe Double(time.pointee.tv_sec) + Double(time.pointee.tv_nsec) / 1e9
  }

  /// The longest system exclusive message that fits the sequencer's output buffer of 16 KiB for sure.
  private static let longestMessage = 8_192

  /// Puts messages on the queue; system exclusive ones of more than 8 KiB, which are dumps of
  /// instruments, are left out.
  public func schedule(_ messages: [TimedMessage]) throws(PlaybackError) {
    for message in messages {
      if case .systemExclusive(let data, _) = message.content,
        data.count > SequencerPort.longestMessage
      {
        continue
      }
      var event = SequencerEvent(message, port: port, queue: queue)
      // The event is copied into the output buffer during the call.
      try check(
        unsafe event.withEvent(message.content) { event in
          unsafe snd_seq_event_output(sequencer, event)
        })
    }
    try check(unsafe snd_seq_drain_output(sequencer))
  }

  /// Puts a clock for other devices on the queue.
  public func schedule(_ messages: [TimedTimingMessage]) throws(PlaybackError) {
    for message in messages {
      var event = SequencerEvent(message, port: port, queue: queue)
      try check(unsafe event.withEvent { unsafe snd_seq_event_output(sequencer, $0) })
    }
    try check(unsafe snd_seq_drain_output(sequencer))
  }

  /// Takes everything off the queue and out of the output buffer.
  public func cancel() throws(PlaybackError) {
    try check(unsafe snd_seq_drop_output(sequencer))
  }

  /// The name by which the port was found.
  public var destination: String? { name }

  /// Whether the port is there, and still connected with ours.
  public var isReached: Bool {
    var allocated: OpaquePointer?
    guard unsafe snd_seq_port_subscribe_malloc(&allocated) == 0 else { return true }
    defer { unsafe snd_seq_port_subscribe_free(allocated) }
    var own = snd_seq_addr_t()
    own.client = unsafe UInt8(clamping: snd_seq_client_id(sequencer))
    own.port = port
    var other = snd_seq_addr_t()
    other.client = UInt8(clamping: sink.client)
    other.port = UInt8(clamping: sink.port)
    // Both addresses are copied during the calls.
    unsafe snd_seq_port_subscribe_set_sender(allocated, &own)
    unsafe snd_seq_port_subscribe_set_dest(allocated, &other)
    return unsafe snd_seq_get_port_subscription(sequencer, allocated) >= 0
  }

  /// Finds whoever was sent to, after they have gone, and says whether they are there.
  public func reachAgain() -> Bool {
    if isReached { return true }
    let known = unsafe SequencerPort.ports(SequencerPort.takes, of: sequencer)
    // Whoever is back may have another number, and somebody else theirs.
    guard let numbers = sinkNames?.nearest(in: known, to: sink),
      unsafe snd_seq_connect_to(
        sequencer, Int32(port), Int32(numbers.client), Int32(numbers.port)) >= 0
    else { return false }
    sink = numbers
    sinkNames = known.first { $0.numbers == numbers }?.names ?? sinkNames
    return true
  }

  private func check(_ code: Int32) throws(PlaybackError) {
    try SequencerPort.check(code, name)
  }

  /// Throws where a call has failed.
  static func check(_ code: Int32, _ name: String?) throws(PlaybackError) {
    guard code < 0 else { return }
    throw PlaybackError(.portUnavailable(name: name, problem: PCMDevice.words(code)))
  }
}

extension SequencerPort {
  /// A port that takes MIDI messages.
  public struct Address: Hashable, Sendable {
    /// The name under which it is opened, such as `128:0`.
    public var name: String
    /// The client's and the port's own names.
    public var description: String
  }

  /// Lists the ports that take MIDI messages.
  ///
  /// - Returns: the ports, by client and number.
  /// - Throws: ``PlaybackError`` where there is no sequencer.
  public static func list() throws(PlaybackError) -> [Address] { try list(takes) }

  private static var takes: UInt32 {
    UInt32(SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE)
  }

  /// Lists the ports that have all of some capabilities.
  static func list(_ wanted: UInt32) throws(PlaybackError) -> [Address] {
    let sequencer = try unsafe open()
    defer { unsafe snd_seq_close(sequencer) }
    return unsafe ports(wanted, of: sequencer).map { port in
      Address(
        name: "\(port.numbers.client):\(port.numbers.port)",
        description: [port.names.client, port.names.port].filter { !$0.isEmpty }
          .joined(separator: ", "))
    }
  }

  /// A client's number, and that of its port.
  struct Numbers: Equatable {
    var client = 0
    var port = 0
  }

  /// A port's own name and its client's, which stay when their numbers change.
  struct Names: Equatable {
    var client, port: String

    /// Of ports the one of these names, of several the one whose number is nearest to what it was; where none is so called
    /// that of the client: ports may be named after their numbers.
    func nearest(in ports: [Port], to last: Numbers) -> Numbers? {
      let ofClient = ports.filter { $0.names.client == client }
      let ofPort = ofClient.filter { $0.names.port == port }
      func distance(_ port: Port) -> (Int, Int) {
        (
          abs(port.numbers.client - last.client), abs(port.numbers.port - last.port)
        )
      }
      return (ofPort.isEmpty ? ofClient : ofPort).min { distance($0) < distance($1) }?.numbers
    }
  }

  /// A port that is there.
  struct Port {
    var numbers: Numbers
    var names: Names
  }

  /// Finds the ports that have all of some capabilities.
  static func ports(_ wanted: UInt32, of sequencer: OpaquePointer) -> [Port] {
    var allocatedClient: OpaquePointer?
    var allocatedPort: OpaquePointer?
    guard unsafe snd_seq_client_info_malloc(&allocatedClient) == 0 else { return [] }
    defer { unsafe snd_seq_client_info_free(allocatedClient) }
    guard unsafe snd_seq_port_info_malloc(&allocatedPort) == 0 else { return [] }
    defer { unsafe snd_seq_port_info_free(allocatedPort) }
    let (client, port) = unsafe (allocatedClient, allocatedPort)

    var ports: [Port] = []
    unsafe snd_seq_client_info_set_client(client, -1)
    while unsafe snd_seq_query_next_client(sequencer, client) >= 0 {
      let number = unsafe snd_seq_client_info_get_client(client)
      unsafe snd_seq_port_info_set_client(port, number)
      unsafe snd_seq_port_info_set_port(port, -1)
      while unsafe snd_seq_query_next_port(sequencer, port) >= 0 {
        guard unsafe snd_seq_port_info_get_capability(port) & wanted == wanted else { continue }
        let numbers = unsafe Numbers(
          client: Int(number), port: Int(snd_seq_port_info_get_port(port)))
        let names = unsafe Names(
          client: text(snd_seq_client_info_get_name(client)),
          port: text(snd_seq_port_info_get_name(port)))
        ports.append(Port(numbers: numbers, names: names))
      }
    }
    return ports
  }

  private static func text(_ name: UnsafePointer<CChar>?) -> String {
    unsafe name.map { unsafe String(cString: $0) } ?? ""
  }
}
