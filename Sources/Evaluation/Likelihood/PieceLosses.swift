package import Batching
package import Recurrent

extension BackpropagationThroughTime {
  /// Reads pieces from their start to their end, the state carried on, and adds up the loss of each.
  ///
  /// - Parameters:
  ///   - network: the network, of this configuration.
  ///   - order: the pieces' numbers, 0 to n - 1, in the order in which streams take them: the longest first, so
  ///     that the streams run out at nearly the same time.
  ///   - progress: called with how many tokens have been predicted.
  ///   - source: a piece as it is read.
  /// - Returns: the loss of each piece in nats, and of all, added up window by window.
  /// - Throws: `CancellationError` between two windows where the task is cancelled.
  package func losses(
    of network: Network, onPieces order: [Int], progress: (Int) -> Void = { _ in },
    source: @escaping @Sendable (Int) -> ReadPiece
  ) throws(CancellationError) -> (pieces: [Double], total: WindowLoss) {
    var nats = [Double](repeating: 0, count: order.count)
    var total = WindowLoss()
    var windows = PieceStreams(pieces: order, streams: streams, epochs: 1, seed: nil) { piece, _ in
      source(piece)
    }
    var state = NetworkState(network.configuration, streams: streams)
    while let cut = windows.next(length: windowLength) {
      guard !isCancelled else { throw CancellationError() }
      let loss = loss(of: network, on: cut.window, state: &state)
      total.nats += loss.nats
      total.count += loss.count
      for (owner, loss) in zip(cut.owners, tokenLosses) {
        if let owner { nats[owner] += Double(loss) }
      }
      progress(total.count)
    }
    return (nats, total)
  }
}
