public import Recurrent
public import Tokenization

/// What the gates of a network do over a piece, without regard to when: their means, how often they are shut or
/// open, and all their values.
///
/// - Reference: Karpathy, Johnson and Fei-Fei, "Visualizing and Understanding Recurrent Networks"
///   (2015), section 4.2, "gate activation statistics".
public struct GateStatistics: Hashable, Sendable {
  /// One gate of a layer.
  public struct Spread: Hashable, Sendable {
    /// The layer, from 1 at the input.
    public let layer: Int
    /// Which gate.
    public let gate: Gate
    /// Its value of each unit at each event.
    public internal(set) var values: [Float] = []

    /// The mean, of a candidate that of its size.
    public var mean: Double {
      values.reduce(0.0) { $0 + Double(gate == .candidate ? abs($1) : $1) }
        / Double(max(values.count, 1))
    }

    /// The share of values below a tenth.
    public var shut: Double { share { $0 < 0.1 } }

    /// The share of values above nine tenths.
    public var open: Double { share { $0 > 0.9 } }

    private func share(_ isCounted: (Float) -> Bool) -> Double {
      Double(values.count(where: isCounted)) / Double(max(values.count, 1))
    }
  }

  /// The gates, layer by layer in the cell's order; none of cells that have none.
  public let gates: [Spread]

  /// Lets a network read a piece.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - tokens: the piece.
  /// - Throws: ``NetworkError`` where memory would not suffice.
  /// - Complexity: memory for each gate's units at each event.
  public init(of network: Network, reading tokens: [Token]) throws(NetworkError) {
    var gates: [Spread] = []
    try GateTrace.read(tokens, with: network) { _, activity in
      var index = 0
      for (layer, activity) in activity.enumerated() {
        for gate in activity.gates {
          if index == gates.count { gates.append(Spread(layer: layer + 1, gate: gate.gate)) }
          gates[index].values += gate.values
          index += 1
        }
      }
    }
    self.gates = gates
  }
}
