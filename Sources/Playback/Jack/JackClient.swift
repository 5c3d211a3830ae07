import CJack
import Glibc
public import Music

/// A client of JACK, in a workstation's patchbay.
///
/// Somebody is heard at a MIDI port of its, and the music goes to another and, with a SoundFont, to two of sound, all
/// to the frame. A workstation's tempo and bars come as a MIDI clock, by JACK's transport.
///
/// The library is found at run time; where it or a server is missing, opening says so. PipeWire speaks JACK as well.
///
/// Reference: the JACK API's documentation, "JACK Audio Connection Kit".
@safe
public final class JackClient: MIDIOutput, MIDIInput, @unchecked Sendable {
  /// The name of the MIDI port that is heard; nil for whoever is connected by others.
  public let name: String?
  /// What others connect to.
  public let portName: String
  /// Frames a second.
  public let sampleRate: Int
  private let jack: jack_functions_t
  private let client: UnsafeMutableRawPointer
  private let engine: JackEngine
  /// The sequencer's port that is listened to.
  private let source: String?
  /// The port that is sent to.
  private let sink: String?
  // The cycle's length for which the server knows how late everything is heard; who listens alone has it.
  private var toldPeriod: Int

  /// How much more than a cycle is made ahead where nobody says another, in seconds.
  public static let shortLatency = 0.003

  /// Checks how far ahead sound is to be made.
  ///
  /// - Throws: ``PlaybackError`` where that is out of range.
  public static func check(latency: Double) throws(PlaybackError) {
    try PlaybackError.check("latency", latency, 0.001...0.5 ~= latency, "0.001 to 0.5 seconds")
  }

  private static let (sound, midi) = ("32 bit float mono audio", "8 bit raw midi")

  /// Joins the server, and plays silence until something comes.
  ///
  /// - Parameters:
  ///   - input: the port at which somebody plays, or the beginning of its name; nil for none.
  ///   - output: the port to which the music is sent, or the beginning of its name; nil for none.
  ///   - soundFont: the instruments; nil for a client that makes no sound.
  ///   - settings: how it sounds; its sample rate is the server's.
  ///   - latency: how much more than a cycle sound is made ahead, 0.001 to 0.5 seconds: less answers faster, more survives
  ///     a busy machine.
  /// - Throws: ``PlaybackError`` where there is no server, no such port, or no sound can be made.
  public init(
    input: String? = nil, output: String? = nil, soundFont: SoundFont?,
    settings: SynthesizerSettings = SynthesizerSettings(), latency: Double = shortLatency
  ) throws(PlaybackError) {
    try Self.check(latency: latency)
    var jack = jack_functions_t()
    guard unsafe find_jack(&jack) != 0 else {
      throw PlaybackError(
        .jackUnavailable(problem: "no libjack is installed; apt install libjack-jackd2-0"))
    }
    unsafe silence_jack(&jack)
    var status: Int32 = 0
    guard let client = unsafe open_jack_client(&jack, "musegen", &status) else {
      throw PlaybackError(
        .jackUnavailable(
          problem: "no server is running; start it with qjackctl, jackd or pw-jack"))
    }
    let engine: JackEngine
    do throws(PlaybackError) {
      let rate = unsafe Int(jack.sample_rate(client))
      var sound = settings
      sound.sampleRate = rate
      var rack: SynthesizerRack?
      if let soundFont { rack = try SynthesizerRack(soundFont, settings: sound, ports: 1) }
      sampleRate = rate
      source = try unsafe Self.port(input, of: jack, client, UInt(jack_port_is_output))
      sink = try unsafe Self.port(output, of: jack, client, UInt(jack_port_is_input))
      engine = try unsafe JackEngine(jack, client, rack, latency: latency)
    } catch {
      _ = unsafe jack.close(client)
      throw error
    }
    name = source
    let ownName = unsafe jack.client_name(client).map { unsafe String(cString: $0) } ?? "musegen"
    portName = "\(ownName):play"
    self.jack = jack
    unsafe self.client = unsafe client
    self.engine = engine
    toldPeriod = engine.period
    // From here on leaving the client behind closes it.
    try connect()
  }

  deinit {
    engine.listenNoMore()
    // A server that has gone has closed it, and whoever tells it so dies of a broken pipe.
    if !engine.isClosed { _ = unsafe jack.close(client) }
    engine.end()
  }

  /// Ends the sound, once what was sent has been heard of.
  public func stop() {
    engine.listenNoMore()
    for _ in 0..<100 where !engine.isIdle { usleep(5_000) }
    usleep(20_000)
  }

  /// How often sound was made too late for a cycle, or the server was late itself.
  public var underruns: Int { engine.underruns }

  /// The present moment: the system's, but while the server freewheels that of its cycle.
  public var now: ContinuousClock.Instant { engine.now }

  /// Whether the server renders as fast as it can, as workstations have it do to write a file.
  ///
  /// Each of its cycles then waits until ``receive(waiting:)`` is called again, for some seconds at the most.
  public var isFreewheeling: Bool { engine.isFreewheeling }

  /// The seconds since the server was joined, by its own time where it freewheels.
  public func seconds() throws(PlaybackError) -> Double {
    try engine.check()
    return engine.elapsed
  }

  /// Lets messages go out and sound at their times, or at once where these are past.
  public func schedule(_ messages: [TimedMessage]) throws(PlaybackError) {
    try engine.check()
    engine.schedule(messages)
  }

  /// Lets a clock for other devices go out.
  public func schedule(_ messages: [TimedTimingMessage]) throws(PlaybackError) {
    try engine.check()
    engine.schedule(messages)
  }

  /// Forgets what is to come.
  public func cancel() throws(PlaybackError) {
    try engine.check()
    engine.cancel()
  }

  /// Waits until something comes or so much time has passed.
  ///
  /// - Parameter seconds: how long to wait at the most.
  /// - Returns: what came.
  /// - Throws: ``PlaybackError`` where the server is gone.
  public func receive(waiting seconds: Double) throws(PlaybackError) -> [ReceivedMessage] {
    if toldPeriod != engine.period, !engine.isClosed {
      // Servers ask by themselves when ports are connected, but not when their cycles change.
      toldPeriod = engine.period
      _ = unsafe jack.recompute_latency(client)
    }
    return try engine.receive(waiting: seconds)
  }

  /// Whether who plays is connected.
  public var isConnected: Bool {
    guard let source, !engine.isClosed else { return true }
    guard let input = unsafe engine.input else { return true }
    return unsafe jack.connected_to(input, source) != 0
  }

  /// Connects who plays again.
  public func reconnect() -> Bool {
    guard let source, !engine.isClosed else { return true }
    return unsafe Self.isJoined(jack.connect(client, source, portName))
  }

  /// The port that is sent to; nil where none was named.
  public var destination: String? { sink }

  /// Whether the port that is sent to is connected.
  public var isReached: Bool {
    guard let sink, !engine.isClosed else { return true }
    guard let output = unsafe engine.output else { return true }
    return unsafe jack.connected_to(output, sink) != 0
  }

  /// Connects the port that is sent to again.
  public func reachAgain() -> Bool {
    guard let sink, !engine.isClosed else { return true }
    guard let output = unsafe engine.output, let own = unsafe Self.portName(output, jack) else {
      return false
    }
    return unsafe Self.isJoined(jack.connect(client, own, sink))
  }

  /// Connects what was asked for, and the sound to the first two loudspeakers, as other clients do.
  private func connect() throws(PlaybackError) {
    if let source, !reconnect() { throw Self.unreachable(source) }
    if let sink, !reachAgain() { throw Self.unreachable(sink) }
    let flags = UInt(jack_port_is_input | jack_port_is_physical)
    let speakers = unsafe Self.names(jack, client, type: Self.sound, flags)
    for unsafe(port, speaker) in unsafe zip([engine.left, engine.right], speakers) {
      guard let port = unsafe port, let own = unsafe Self.portName(port, jack) else { continue }
      _ = unsafe jack.connect(client, own, speaker)
    }
  }

  private static func unreachable(_ name: String) -> PlaybackError {
    PlaybackError(.jackUnavailable(problem: "MIDI port \(name) cannot be connected"))
  }

  /// Whether two ports are connected now: they may have been before.
  private static func isJoined(_ code: Int32) -> Bool { code == 0 || code == EEXIST }

  private static func portName(
    _ port: UnsafeMutableRawPointer, _ jack: jack_functions_t
  ) -> String? {
    unsafe jack.port_name(port).map { unsafe String(cString: $0) }
  }

  /// The MIDI port whose name begins so; nil where none is asked for.
  private static func port(
    _ beginning: String?, of jack: jack_functions_t, _ client: UnsafeMutableRawPointer,
    _ flags: UInt
  ) throws(PlaybackError) -> String? {
    guard let beginning else { return nil }
    let found = unsafe names(jack, client, type: midi, flags).first { $0.hasPrefix(beginning) }
    guard let found else {
      throw PlaybackError(
        .jackUnavailable(
          problem: "no MIDI port's name begins with \(beginning); jack_lsp lists them"))
    }
    return found
  }

  private static func names(
    _ jack: jack_functions_t, _ client: UnsafeMutableRawPointer, type: String, _ flags: UInt
  ) -> [String] {
    guard let list = unsafe jack.ports(client, nil, type, flags) else { return [] }
    defer { unsafe jack.free(list) }
    var names: [String] = []
    // The list ends with a null pointer.
    while let name = unsafe list[names.count] { names.append(unsafe String(cString: name)) }
    return names
  }
}
