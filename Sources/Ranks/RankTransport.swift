/// Carries bytes between ranks.
///
/// Between two ranks messages of one tag arrive in the order in which they were sent. Any thread may use it.
public protocol RankTransport: AnyObject, Sendable {
  /// Which rank this is, from 0.
  var rank: Int { get }
  /// How many there are.
  var count: Int { get }
  /// What this rank's machine is called.
  var host: String { get }
  /// How many ranks are on this one's machine, itself among them.
  var localCount: Int { get }

  /// Starts to send bytes.
  ///
  /// - Parameters:
  ///   - bytes: which stay where and as they are until the transfer is done.
  ///   - rank: to whom.
  ///   - tag: what kind of message it is, 0 to 32,767.
  /// - Returns: the transfer.
  /// - Throws: ``RankError`` where the other cannot be reached.
  func send(
    _ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int
  ) throws(RankError) -> RankTransfer

  /// Starts to receive bytes.
  ///
  /// - Parameters:
  ///   - bytes: where they go, as many as the other sends; not to be touched until the transfer is done.
  ///   - rank: from whom.
  ///   - tag: what kind of message it is.
  /// - Returns: the transfer.
  /// - Throws: ``RankError`` where the other cannot be reached.
  func receive(
    into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int
  ) throws(RankError) -> RankTransfer

  /// Starts to add up floats over all ranks, in whatever order is fastest.
  ///
  /// - Parameters:
  ///   - values: this rank's, which stay where and as they are until the transfer is done.
  ///   - sums: as many, which become the sums; not to be touched until then.
  /// - Returns: the transfer.
  /// - Throws: ``RankError`` where another cannot be reached.
  func sum(
    _ values: UnsafeBufferPointer<Float>, into sums: UnsafeMutableBufferPointer<Float>
  ) throws(RankError) -> RankTransfer

  /// Whether a transfer is done; to be asked until it is, and not again.
  ///
  /// - Throws: ``RankError`` where it failed.
  func isDone(_ transfer: RankTransfer) throws(RankError) -> Bool

  /// Says farewell to the others, who do the same.
  func leave()
}

/// A message on its way.
public struct RankTransfer: Hashable, Sendable {
  /// Its number, the transport's own.
  public var number: Int

  /// Creates a transfer.
  public init(number: Int) { self.number = number }
}
