public import Modeling
public import Recurrent
public import Tokenization

/// What a network's gates do while it reads a piece, and which of its units follow something that a
/// musician would name.
///
/// - Reference: Karpathy, Johnson and Fei-Fei, "Visualizing and Understanding Recurrent Networks"
///   (2015).
public struct GateTrace: Codable, Hashable, Sendable {
  /// One gate of a layer.
  public struct Curve: Codable, Hashable, Sendable {
    /// Which gate.
    public let gate: Gate
    /// Its mean over the layer's units at each event, of a candidate the mean of its size; [T].
    public var values: [Float] = []
  }

  /// A unit and the feature that it follows.
  public struct Follower: Codable, Hashable, Sendable {
    /// The layer, from 1 at the input.
    public let layer: Int
    /// The unit, from 0.
    public let unit: Int
    /// What it follows.
    public let feature: MusicalFeature
    /// How well, 0 to 1: the correlation of the best fit on half of the piece with the unit's state on
    /// the other half, in stretches that take turns.
    public let correlation: Double
  }

  /// A follower's state.
  public struct StateCurve: Codable, Hashable, Sendable {
    /// The unit.
    public let follower: Follower
    /// Its state after each event, [T].
    public var values: [Float] = []
  }

  /// When each event is read, in seconds.
  public let seconds: [Double]
  /// Each layer's gates, in the cell's order; none for cells that have none.
  public private(set) var layers: [[Curve]]
  /// For each feature that changes in the piece its best followers, best first.
  public private(set) var followers: [Follower] = []
  /// The state of each feature's best follower.
  public private(set) var states: [StateCurve] = []

  /// Lets a model read a piece.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - tokens: the piece, in the model's vocabulary.
  ///   - perFeature: how many followers of each feature are kept.
  /// - Throws: ``NetworkError`` where memory would not suffice.
  /// - Complexity: the network's own twice, and for each event a sum over its units for each column of
  ///   features. Memory for the piece's events, not for their states.
  public init(
    of model: Model, reading tokens: [Token], perFeature: Int = 5
  ) throws(NetworkError) {
    let track = FeatureTrack(tokens, model.vocabulary)
    let configuration = model.network.configuration
    seconds = track.seconds
    layers = []
    var followings = [[MusicalFeature: Following]](
      repeating: track.columns.mapValues {
        Following(columns: $0.count, units: configuration.hiddenSize)
      }, count: configuration.layerCount)
    var curves: [[Curve]] = []
    try Self.read(tokens, with: model.network) { first, activity in
      if curves.isEmpty { curves = activity.map { $0.gates.map { Curve(gate: $0.gate) } } }
      let size = configuration.hiddenSize
      for (layer, activity) in activity.enumerated() {
        for (index, gate) in activity.gates.enumerated() {
          curves[layer][index].values += Self.means(of: gate, size: size)
        }
        for (feature, columns) in track.columns {
          for step in 0..<activity.state.count / size {
            followings[layer][feature]?.add(
              event: first + step, feature: columns.map { $0[first + step] },
              state: activity.state[step * size..<(step + 1) * size])
          }
        }
      }
    }
    layers = curves
    for feature in MusicalFeature.allCases {
      let found = followings.enumerated().flatMap { layer, followings in
        (followings[feature]?.correlations ?? []).enumerated().map { unit, correlation in
          Follower(layer: layer + 1, unit: unit, feature: feature, correlation: correlation)
        }
      }
      let sorted = found.filter { $0.correlation > 0 }.sorted {
        ($1.correlation, $0.layer, $0.unit) < ($0.correlation, $1.layer, $1.unit)
      }
      followers += sorted.prefix(perFeature)
      states += sorted.prefix(1).map { StateCurve(follower: $0) }
    }
    followers.sort { ($1.correlation, $0.layer, $0.unit) < ($0.correlation, $1.layer, $1.unit) }
    try record(tokens, model.network)
  }

  // Reads once more, as only now it is known whose states are wanted.
  private mutating func record(_ tokens: [Token], _ network: Network) throws(NetworkError) {
    var states = states
    try Self.read(tokens, with: network) { _, activity in
      let size = network.configuration.hiddenSize
      for index in states.indices {
        let follower = states[index].follower
        let values = activity[follower.layer - 1].state
        states[index].values += stride(from: follower.unit, to: values.count, by: size).map {
          values[$0]
        }
      }
    }
    self.states = states
  }

  private static func means(of gate: LayerActivity.GateActivity, size: Int) -> [Float] {
    stride(from: 0, to: gate.values.count, by: size).map { start in
      gate.values[start..<start + size].reduce(0) {
        $0 + (gate.gate == .candidate ? abs($1) : $1)
      } / Float(size)
    }
  }

  /// Reads a piece window by window; the body gets the number of the window's first event.
  static func read(
    _ tokens: [Token], with network: Network, body: (Int, [LayerActivity]) -> Void
  ) throws(NetworkError) {
    let length = 256
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: length)
    var state = NetworkState(network.configuration, streams: 1)
    for first in stride(from: 0, to: tokens.count, by: length) {
      let inputs = tokens[first..<min(first + length, tokens.count)].map { Int32($0) }
      let window = Window(
        length: inputs.count, streams: 1, inputs: inputs,
        targets: [Int32](repeating: -1, count: inputs.count),
        resets: inputs.indices.map { first + $0 == 0 })
      _ = engine.loss(of: network, on: window, state: &state)
      body(first, engine.activity(ofStream: 0))
    }
  }
}
