/// Where somebody is heard who plays: a port of the sequencer, of JACK, or a test's script.
public protocol MIDIInput: AnyObject, Sendable {
  /// The name by which who plays was found; nil for whoever connects to the port.
  var name: String? { get }
  /// What others connect to.
  var portName: String { get }
  /// Whether who plays is connected; true where anybody may be.
  var isConnected: Bool { get }
  /// The present moment, by the clock of the messages that come.
  var now: ContinuousClock.Instant { get }
  /// Whether nobody hears in time what is played: a server renders as fast as it can, and time goes by what it has
  /// rendered.
  var isFreewheeling: Bool { get }
  /// Waits until something comes or so much time has passed.
  ///
  /// - Parameter seconds: how long to wait at the most, a minute at most.
  /// - Returns: what came, in its order, at the most some thousands of messages at once.
  /// - Throws: ``PlaybackError`` where the port is gone for ever.
  func receive(waiting seconds: Double) throws(PlaybackError) -> [ReceivedMessage]
  /// Finds who plays again, after they have gone, and says whether they are there.
  func reconnect() -> Bool
}

extension MIDIInput {
  /// The system's clock.
  public var now: ContinuousClock.Instant { .now }
  /// False: somebody plays.
  public var isFreewheeling: Bool { false }
}
